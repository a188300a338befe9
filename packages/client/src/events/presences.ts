import {
  type AntiphonClient,
  isAntiphonError,
  type Presence,
  type StreamEvent,
  type UserId,
} from '../generated/index.ts'
import { Listeners } from './listeners.ts'
import { Timers } from './timers.ts'
import type { PresenceView } from './types.ts'

/** How many people are asked for in one go. */
const atOnce = 100
/** What changes within this time is asked for as one. */
const askAfterMs = 300
/** Who vanished without a word is noticed by asking. */
const againMs = 60_000

export interface LivePresencesOptions {
  readonly client: AntiphonClient
  readonly userIds: readonly UserId[]
  readonly report: (error: unknown) => void
  readonly onClose: () => void
}

/** Who is there, of some people. */
export class LivePresences implements PresenceView {
  #people: ReadonlyMap<UserId, Presence> = new Map()
  #wanted = new Set<UserId>()
  #isAsking = false
  #isClosed = false
  readonly #timers = new Timers()
  readonly #listeners: Listeners
  readonly #options: LivePresencesOptions
  readonly subscribe: PresenceView['subscribe']

  constructor(options: LivePresencesOptions) {
    this.#options = options
    this.#listeners = new Listeners(options.report)
    this.subscribe = this.#listeners.subscribe
    this.askAll()
  }

  get people(): ReadonlyMap<UserId, Presence> {
    return this.#people
  }

  readonly snapshot = (): ReadonlyMap<UserId, Presence> => this.#people

  readonly close = (): void => {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#timers.stopAll()
    this.#options.onClose()
  }

  hear(event: StreamEvent): void {
    if (event.kind === 'resync') this.askAll()
    else if (event.kind === 'presence.changed' && this.#options.userIds.includes(event.userId)) {
      this.#wanted.add(event.userId)
      this.#timers.start('ask', askAfterMs, () => void this.#ask())
    }
  }

  askAll(): void {
    if (this.#isClosed) return
    this.#wanted = new Set(this.#options.userIds)
    this.#timers.restart('again', againMs, () => this.askAll())
    void this.#ask()
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    while (this.#wanted.size > 0 && !this.#isClosed) {
      const userIds = [...this.#wanted].slice(0, atOnce)
      for (const id of userIds) this.#wanted.delete(id)
      await this.#askFor(userIds).catch((error: unknown) => {
        // What fails is asked for again with all the others.
        if (!isAntiphonError(error)) this.#options.report(error)
      })
    }
    this.#isAsking = false
  }

  async #askFor(userIds: readonly UserId[]): Promise<void> {
    const { get } = this.#options.client.users.presence
    const found = await get.safe({ userIds: [...userIds] })
    if (!found.ok && found.error.code !== 'NOT_FOUND') throw found.error
    // Somebody among them is not to be seen: each is asked for alone.
    if (!found.ok && userIds.length > 1) await Promise.all(userIds.map((id) => this.#askFor([id])))
    else this.#set(userIds, found.ok ? found.data : [])
  }

  #set(userIds: readonly UserId[], found: readonly Presence[]): void {
    const news = new Map([...this.#people].filter(([id]) => !userIds.includes(id)))
    for (const presence of found) news.set(presence.userId, presence)
    if (this.#isClosed || isSame(this.#people, news)) return
    this.#people = news
    this.#listeners.tell()
  }
}

function isSame(some: ReadonlyMap<UserId, Presence>, others: ReadonlyMap<UserId, Presence>): boolean {
  const isKnown = ({ userId, status, text, expiresAt }: Presence) => {
    const known = some.get(userId)
    return known?.status === status && known.text === text && known.expiresAt?.getTime() === expiresAt?.getTime()
  }
  return some.size === others.size && [...others.values()].every(isKnown)
}
