import { type AntiphonClient, isAntiphonError, type Message, type RoomId } from '../../generated/index.ts'
import { isPassing } from '../failures.ts'
import type { DraftMessage, PendingMessage } from '../types.ts'
import type { RoomFold } from './fold.ts'

/** Who wants to know what happens in an outbox. */
export interface OutboxListener {
  readonly onChange: () => void
  /** The room has a message. */
  readonly onSent: (message: Message) => void
}

const firstPauseMs = 1_000
const longestPauseMs = 30_000

/**
 * What is on its way into a room: sent one after the other, so that the order stays. What finds nobody there is tried again,
 * as long as there is a view. It outlives the view.
 */
export class Outbox {
  #listener: OutboxListener | undefined
  #pending: readonly PendingMessage[] = []
  /** What was taken by the server and is not in the view yet, by the numbers it got. */
  readonly #taken = new Map<string, number>()
  #isSending = false
  #pauseMs = firstPauseMs
  #pause: ReturnType<typeof setTimeout> | undefined
  readonly #client: AntiphonClient
  readonly #roomId: RoomId
  readonly #report: (error: unknown) => void

  constructor(client: AntiphonClient, roomId: RoomId, report: (error: unknown) => void) {
    this.#client = client
    this.#roomId = roomId
    this.#report = report
  }

  get pending(): readonly PendingMessage[] {
    return this.#pending
  }

  /** Tells a view, until there is another one or none. */
  listen(listener: OutboxListener | undefined): void {
    this.#listener = listener
    if (listener !== undefined) return
    for (const clientId of this.#taken.keys()) this.discard(clientId)
    // One more try, which is the last.
    this.wake()
  }

  send({ body = '', attachments = [], replyTo }: DraftMessage): PendingMessage {
    const added = {
      clientId: randomId(),
      body,
      attachments,
      replyTo,
      createdAt: new Date(),
      state: 'sending',
      error: undefined,
    } as const
    this.#set([...this.#pending, added])
    void this.#run()
    return added
  }

  retry(clientId: string): void {
    const one = this.#pending.find((pending) => pending.clientId === clientId)
    if (one === undefined) return
    if (one.state === 'failed') this.#mark(clientId, { state: 'sending', error: undefined })
    this.wake()
    void this.#run()
  }

  discard(clientId: string): void {
    this.#taken.delete(clientId)
    this.#set(this.#pending.filter((one) => one.clientId !== clientId))
  }

  /** What a view shows as messages is not pending any more. */
  settle({ messages, applied }: RoomFold): void {
    if (this.#pending.length === 0) return
    const known = new Set(messages.map(({ clientId }) => clientId))
    const isThere = (clientId: string) => known.has(clientId) || (this.#taken.get(clientId) ?? applied + 1) <= applied
    const left = this.#pending.filter(({ clientId }) => !isThere(clientId))
    for (const { clientId } of this.#pending) if (isThere(clientId)) this.#taken.delete(clientId)
    if (left.length < this.#pending.length) this.#pending = left
  }

  /** The server may be there again. */
  wake(): void {
    if (this.#pause === undefined) return
    clearTimeout(this.#pause)
    this.#pause = undefined
    void this.#run()
  }

  async #run(): Promise<void> {
    if (this.#isSending || this.#pause !== undefined) return
    this.#isSending = true
    let isThere = true
    for (let next = this.#next(); isThere && next !== undefined; next = this.#next())
      isThere = await this.#sendOne(next)
    this.#isSending = false
    if (isThere) return
    this.#pause = setTimeout(() => this.wake(), this.#pauseMs)
    this.#pauseMs = Math.min(this.#pauseMs * 2, longestPauseMs)
  }

  #next(): PendingMessage | undefined {
    return this.#pending.find(({ clientId, state }) => state === 'sending' && !this.#taken.has(clientId))
  }

  /** False where the server was not to be had, and the message has to be tried again before others are. */
  async #sendOne({ clientId, body, attachments, replyTo, createdAt }: PendingMessage): Promise<boolean> {
    const input = {
      roomId: this.#roomId,
      body,
      clientId,
      clientSentAt: createdAt,
      ...(attachments.length > 0 && { attachments: [...attachments] }),
      ...(replyTo !== undefined && { replyTo }),
    }
    try {
      const { duplicate: _, ...message } = await this.#client.messages.send(input)
      if (this.#listener === undefined) this.discard(clientId)
      else if (this.#pending.some((one) => one.clientId === clientId)) this.#taken.set(clientId, message.seq)
      this.#pauseMs = firstPauseMs
      this.#listener?.onSent(message)
    } catch (error) {
      const isCallError = isAntiphonError(error)
      if (!isCallError) this.#report(error)
      else if (isPassing(error) && this.#listener !== undefined) {
        this.#mark(clientId, { state: 'sending', error })
        return false
      }
      this.#mark(clientId, { state: 'failed', error: isCallError ? error : undefined })
    }
    return true
  }

  #mark(clientId: string, change: Pick<PendingMessage, 'state' | 'error'>): void {
    this.#set(this.#pending.map((one) => (one.clientId === clientId ? { ...one, ...change } : one)))
  }

  #set(pending: readonly PendingMessage[]): void {
    this.#pending = pending
    this.#listener?.onChange()
  }
}

/** crypto.randomUUID is missing in browsers on plain http. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
