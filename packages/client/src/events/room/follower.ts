import { type AntiphonError, isAntiphonError, type Mark, type UserId } from '../../generated/index.ts'
import { closed, isPassing, stuck } from '../failures.ts'
import { Timers } from '../timers.ts'
import type { RoomViewStatus } from '../types.ts'
import { Worker } from '../worker.ts'
import { Aside } from './aside.ts'
import { addMarks, applyRange, type Range, type RoomFold, replaceMarks } from './fold.ts'
import { loadLast, loadMarks, loadRoom } from './load.ts'
import type { RoomOptions } from './options.ts'

/** What was told out of order may come by itself for so long, before it is asked for. */
const patienceMs = 200
/** After so long without news it is asked whether there are any: the last of them may have been lost. */
const quietMs = 60_000
/** Of a room of so many, marks are not fetched for each one who joins. */
const manyMembers = 200

export interface FollowerOptions extends RoomOptions {
  readonly onChange: () => void
}

/** Keeps what is known of a room complete: takes what the stream tells, in order, and asks for what it lacks. */
export class Follower {
  #fold: RoomFold | undefined
  #viewerId: UserId | undefined
  #error: AntiphonError | undefined
  /** The newest number that was heard of. */
  #heardOf = 0
  readonly #aside = new Aside()
  /** Marks that moved while all of them are being fetched. */
  #newMarks: Mark[] | undefined
  /** `first` may begin where the stream said that the room is; `anew` asks for that. */
  #wantsLoad: 'first' | 'anew' | undefined = 'first'
  #isLoading = false
  #wantsRange = false
  #wantsMarks = false
  #isLagging = false
  #isConnected: boolean
  #isClosed = false
  readonly #timers = new Timers()
  readonly #worker: Worker
  readonly #options: FollowerOptions

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#isConnected = options.isConnected
    this.#worker = new Worker({ next: () => this.#next(), onFailure: (error) => this.#onFailure(error) })
    this.#worker.run()
    this.#watchQuiet()
  }

  get fold(): RoomFold | undefined {
    return this.#fold
  }

  get viewerId(): UserId | undefined {
    return this.#viewerId
  }

  get error(): AntiphonError | undefined {
    return this.#error
  }

  get status(): RoomViewStatus {
    if (this.#fold === undefined) return 'loading'
    if (this.#fold.isGone) return 'gone'
    return this.#isConnected && !this.#isLagging && !this.#mustLoad ? 'live' : 'behind'
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Changes what is known by something that is no range. */
  change(work: (known: RoomFold) => RoomFold): void {
    if (this.#fold !== undefined && !this.#isClosed) this.#set(work(this.#fold))
  }

  /** The stream is open and tells everything from now on, or is not. Where the room is, if that was said. */
  connected(isConnected: boolean, position = 0): void {
    if (this.#isClosed) return
    this.#isConnected = isConnected
    this.#heardOf = Math.max(this.#heardOf, position)
    if (isConnected) {
      this.#isLagging = true
      this.check()
    }
    this.#options.onChange()
  }

  /** A range, from the stream or from elsewhere. */
  hear(range: Range): void {
    if (this.#isClosed) return
    const fold = this.#fold
    this.#heardOf = Math.max(this.#heardOf, range.to, range.lastSeq)
    if (fold?.isGone && range.to > fold.applied) this.#wantsLoad ??= 'anew'
    if (fold === undefined || this.#mustLoad || range.from > fold.applied) this.#aside.add(range)
    else this.#set(this.#applied(fold, range))
    this.#watchQuiet()
    this.#watchGap()
  }

  hearMarks(marks: readonly Mark[]): void {
    this.#newMarks?.push(...marks)
    this.change((known) => addMarks(known, marks))
  }

  /** Asks whether anything is missing. */
  check(): void {
    if (this.#isClosed) return
    this.#wantsRange = this.#wantsMarks = true
    if (this.#fold?.isGone) this.#wantsLoad ??= 'anew'
    this.#watchQuiet()
    this.#worker.hurry()
  }

  /** The same, and tells when nothing is. */
  verify(): Promise<void> {
    if (this.#isClosed) return Promise.reject(closed())
    const done = this.#worker.whenIdle()
    this.check()
    return done
  }

  /** What is known may not be true any more. */
  reload(): void {
    if (this.#isClosed) return
    this.#forget()
    this.#worker.hurry()
    this.#options.onChange()
  }

  /** The room seems to be one's own no more. */
  left(): void {
    if (this.#fold?.isGone !== true) this.reload()
  }

  close(error?: AntiphonError): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#isConnected = false
    this.#error = error
    this.#timers.stopAll()
    this.#worker.fail(error ?? closed())
    this.#worker.hurry()
  }

  get #mustLoad(): boolean {
    return this.#isLoading || this.#wantsLoad !== undefined
  }

  get #lacksSome(): boolean {
    return this.#heardOf > (this.#fold?.applied ?? 0)
  }

  #next(): (() => Promise<void>) | undefined {
    if (this.#isClosed) return undefined
    if (this.#wantsLoad !== undefined) return () => this.#load(this.#wantsLoad === 'first')
    const fold = this.#fold
    if (fold === undefined || fold.isGone || !(this.#wantsRange || this.#wantsMarks)) return undefined
    return () => this.#ask(fold)
  }

  async #load(mayBeginEarly: boolean): Promise<void> {
    const { client, roomId, viewer, sight, position } = this.#options
    this.#wantsLoad = undefined
    this.#isLoading = true
    this.#newMarks = []
    try {
      const from = mayBeginEarly ? position() : undefined
      const downTo = this.#fold?.messages[0]?.seq
      const [loaded, viewerId] = await Promise.all([
        loadRoom({ client, roomId, sight, position: from, downTo }),
        this.#viewerId ?? viewer(),
      ])
      this.#viewerId = viewerId
      const isMine = loaded?.isGone === false
      const next = isMine ? loaded : await loadLast({ client, roomId, viewerId }, loaded, this.#fold)
      this.#isLoading = false
      this.#error = undefined
      this.#isLagging = this.#wantsRange
      if (!this.#isClosed) this.#set(this.#applied(addMarks(next, this.#newMarks)))
    } catch (error) {
      this.#wantsLoad ??= mayBeginEarly ? 'first' : 'anew'
      throw error
    } finally {
      this.#isLoading = false
      this.#newMarks = undefined
    }
    this.#watchGap()
  }

  async #ask({ applied, sight: before }: RoomFold): Promise<void> {
    const { client, roomId, sight } = this.#options
    const wantsMarks = this.#wantsMarks
    const heardBefore = this.#heardOf
    this.#wantsRange = this.#wantsMarks = false
    this.#newMarks = []
    try {
      const [range, marks] = await Promise.all([
        client.messages.since({ roomId, after: applied }),
        wantsMarks ? loadMarks(client, roomId) : undefined,
      ])
      if (this.#mustLoad || this.#isClosed) return
      sight.last = range.sight
      if (range.sight !== before) return this.#forget()
      if (marks !== undefined) this.change((known) => replaceMarks(known, [...marks, ...(this.#newMarks ?? [])]))
      const isAll = range.to >= range.lastSeq && this.#heardOf <= Math.max(heardBefore, range.lastSeq)
      if (range.to === range.from && range.to < range.lastSeq) throw stuck()
      this.hear(range)
      // This is all there is, whatever was heard of before.
      if (isAll) this.#heardOf = this.#fold?.applied ?? 0
      this.#error = undefined
      this.#isLagging = this.#lacksSome
      this.#wantsRange ||= this.#isLagging
      this.#options.onChange()
    } catch (error) {
      this.#wantsRange = true
      this.#wantsMarks ||= wantsMarks
      throw error
    } finally {
      this.#newMarks = undefined
    }
  }

  #onFailure(error: unknown): boolean {
    if (this.#isClosed) return false
    if (isAntiphonError(error, 'NOT_FOUND', 'AHEAD_OF_ROOM')) {
      this.#forget()
      return true
    }
    this.#worker.fail(error)
    if (!isAntiphonError(error)) {
      this.#options.report(error)
      return false
    }
    this.#error = error
    this.#options.onChange()
    return isPassing(error)
  }

  #forget(): void {
    this.#aside.clear()
    this.#heardOf = 0
    this.#wantsLoad = 'anew'
  }

  /** What is known, with a range and all that waited for it. */
  #applied(fold: RoomFold, range = this.#aside.take(fold.applied)): RoomFold {
    let next = fold
    for (let one = range; one !== undefined; one = this.#aside.take(next.applied)) {
      // Who comes back has the marks of before. Of large rooms they are fetched when everything is checked the next time.
      if (next.members.length < manyMembers && one.events.some(({ kind }) => kind === 'member.joined')) this.check()
      next = applyRange(next, one, this.#viewerId)
    }
    return next
  }

  #set(next: RoomFold): void {
    if (next === this.#fold) return
    this.#fold = next
    this.#options.onChange()
  }

  #watchGap(): void {
    if (this.#isClosed) return
    if (this.#wantsLoad !== undefined) this.#worker.run()
    else if (this.#lacksSome && !this.#isLagging) this.#timers.start('gap', patienceMs, () => this.#onGap())
    else if (!this.#lacksSome) {
      this.#isLagging = false
      this.#timers.stop('gap')
    }
  }

  #onGap(): void {
    if (!this.#lacksSome || this.#mustLoad) return
    this.#isLagging = this.#wantsRange = true
    this.#worker.run()
    this.#options.onChange()
  }

  #watchQuiet(): void {
    this.#timers.restart('quiet', quietMs, () => {
      if (this.#fold?.isGone !== true) this.check()
    })
  }
}
