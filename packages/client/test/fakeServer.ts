import { vi } from 'vitest'
import type { AntiphonHandlers } from '../src/generated/mock.ts'
import {
  AntiphonError,
  type Mark,
  type Member,
  type Message,
  type Presence,
  type Room,
  type RoomEvent,
  type RoomId,
  type StreamEvent,
  type UserId,
} from '../src/index.ts'
import { createMockClient } from '../src/testing.ts'
import { memberOf, messageOf, pageOf, rangeOf, roomId, roomOf } from './room.ts'

export const [ann, bob]: [UserId, UserId] = ['usr_a', 'usr_b']

/** Something that answers with a failure. */
export function failure(code: 'NETWORK' | 'AHEAD_OF_ROOM' | 'NOT_ALLOWED' | 'NOT_FOUND' | 'BODY_EMPTY') {
  const status = { NETWORK: 0, AHEAD_OF_ROOM: 409, NOT_ALLOWED: 403, NOT_FOUND: 404, BODY_EMPTY: 400 }[code]
  return () => Promise.reject(new AntiphonError({ code, status, message: code }))
}

function missing(): never {
  throw new AntiphonError({ code: 'NOT_FOUND', status: 404, message: 'There is no such thing.' })
}

/** What the tests of views talk to: one room, and a stream that tells what it is told to. */
export class FakeServer {
  lastSeq = 0
  messages: Message[] = []
  events: RoomEvent[] = []
  receipts: Mark[] = []
  members: Member[] = [memberOf('usr_a', 'owner'), memberOf('usr_b')]
  history: 'shared' | 'joined' = 'shared'
  role: string | null = 'owner'
  otherRooms: Room[] = []
  /** How often it changed whom the viewer blocks. */
  sight = 0
  readonly unread = new Map<RoomId, number>()
  readonly presences = new Map<UserId, string>()
  /** What calls of a procedure do instead of answering. */
  readonly troubles = new Map<string, (input: unknown) => unknown>()
  /** Answers of a procedure that come late: what they say was true when they were asked. */
  readonly late = new Map<string, Promise<void>>()
  /** The calls so far. */
  readonly calls: string[] = []
  readonly #streams = new Set<(event: StreamEvent | undefined) => void>()

  constructor(messages = 0) {
    for (let at = 0; at < messages; at++) this.write(bob)
  }

  get streams(): number {
    return this.#streams.size
  }

  /** Takes a message in, without telling of it. */
  write(senderId: UserId, change: Partial<Message> = {}): Message {
    const message = messageOf(++this.lastSeq, { senderId, ...change })
    this.messages.push(message)
    this.events.push({ kind: 'message.sent', seq: message.seq, at: message.sentAt, actorId: senderId, message })
    return message
  }

  /** Takes an event in, without telling of it. */
  note(event: (seq: number) => RoomEvent): void {
    this.events.push(event(++this.lastSeq))
  }

  /** Tells the streams something; everything after a number where nothing else is said. */
  tell(event: StreamEvent | number = this.lastSeq - 1): void {
    const range = typeof event === 'number' ? this.range(event) : undefined
    const told = range === undefined ? (event as StreamEvent) : { kind: 'room.range' as const, ...range }
    for (const push of this.#streams) push(told)
  }

  welcome(): void {
    this.tell({ kind: 'welcome', rooms: [{ roomId, lastSeq: this.lastSeq }], more: false })
  }

  range(after: number, to = this.lastSeq) {
    const events = this.events.filter(({ seq }) => seq > after && seq <= to)
    return rangeOf(after, to, events, this.lastSeq)
  }

  client() {
    return createMockClient(this.#handlers())
  }

  #answer<T>(name: string, input: unknown, work: () => T): T | Promise<T> {
    this.calls.push(name)
    const [trouble, late] = [this.troubles.get(name), this.late.get(name)]
    if (late !== undefined) {
      const answer = work()
      return late.then(() => answer)
    }
    if (trouble === undefined) return work()
    return Promise.resolve(trouble(input)).then(work)
  }

  #handlers(): AntiphonHandlers {
    const names = { userName: 'ann', firstName: '', lastName: '', avatarUrl: null }
    const me = { id: ann, ...names, mfa: false, createdAt: new Date(0) }
    return {
      events: { subscribe: () => this.#stream() },
      users: {
        me: () => this.#answer('me', undefined, () => ({ ...me, avatarUrl: null, modifiedAt: new Date(0) })),
        presence: {
          get: ({ userIds }) => this.#answer(`presence ${userIds}`, userIds, () => this.#presences(userIds)),
        },
      },
      messages: {
        list: (input) =>
          this.#answer('list', input, () =>
            this.#page(Number(input.cursor ?? Number.POSITIVE_INFINITY), input.limit ?? 50),
          ),
        since: (input) =>
          this.#answer(input.limit === 1 ? 'sight' : 'since', input, () => ({
            ...this.range(input.after),
            sight: this.sight,
          })),
        receipts: (input) =>
          this.#answer('receipts', input, () => ({
            items: this.receipts.map((mark) => ({ ...mark, deliveredAt: null, readAt: null })),
            nextCursor: null,
          })),
        markDelivered: (input) =>
          this.#answer(`delivered ${input.seq}`, input, () => ({
            ...input,
            deliveredSeq: input.seq,
            readSeq: 0,
            privateReadSeq: 0,
          })),
        markRead: (input) =>
          this.#answer(`read ${input.seq}${input.private ? ' alone' : ''}`, input, () => ({
            ...input,
            deliveredSeq: input.seq,
            readSeq: input.seq,
            privateReadSeq: 0,
          })),
        typing: ({ typing = true }) => this.#answer(`typing ${typing}`, typing, () => undefined),
        unread: (input) =>
          this.#answer(`unread ${input?.roomIds ?? 'all'}`, input, () =>
            [...this.unread]
              .map(([id, count]) => ({ roomId: id, count, mentions: 0 }))
              .filter(({ roomId }) => input?.roomIds?.includes(roomId) ?? true),
          ),
        send: (input) => this.#answer('send', input, () => this.#send(input.body ?? '', input.clientId ?? null)),
        rooms: {
          list: () => this.#answer('rooms', undefined, () => ({ items: this.#rooms(), nextCursor: null })),
          get: (input) => this.#answer('get', input, () => this.#room(input.roomId)),
          members: {
            list: (input) =>
              this.#answer('members', input, () => ({
                items: this.members.map((member) => ({ ...member, bannedAt: null })),
                nextCursor: null,
              })),
          },
        },
      },
    }
  }

  #rooms(): Room[] {
    const { role, lastSeq, history } = this
    return [...(role === null ? [] : [roomOf({ role, lastSeq, history })]), ...this.otherRooms]
  }

  #room(id: RoomId): Room {
    return this.#rooms().find((room) => room.id === id) ?? missing()
  }

  #presences(userIds: readonly UserId[]): Presence[] {
    return userIds.map((userId) => ({
      ...{ userId, text: '', expiresAt: null },
      status: this.presences.get(userId) ?? missing(),
    }))
  }

  #page(below: number, limit: number) {
    const messages = this.messages.filter(({ seq }) => seq < below)
    const items = messages.slice(-limit)
    return pageOf(items, messages.length > items.length ? String(items[0]?.seq) : null)
  }

  #send(body: string, clientId: string | null) {
    const known = this.messages.find((message) => message.clientId === clientId && clientId !== null)
    return { ...(known ?? this.write(ann, { body, clientId })), duplicate: known !== undefined }
  }

  async *#stream(): AsyncGenerator<StreamEvent> {
    const waiting: (StreamEvent | undefined)[] = []
    let wake = () => {}
    const push = (event: StreamEvent | undefined) => {
      waiting.push(event)
      wake()
    }
    this.#streams.add(push)
    try {
      for (;;) {
        while (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve))
        const next = waiting.shift()
        if (next === undefined) return
        yield next
      }
    } finally {
      this.#streams.delete(push)
    }
  }
}

/** Holds calls up until `pass` is called. */
export function gate() {
  let pass = () => {}
  const passed = new Promise<void>((resolve) => {
    pass = resolve
  })
  return { passed, pass }
}

/** A view that has loaded, on a stream that is open. Timers have to be fake ones. */
export async function open(server = new FakeServer(3)) {
  const events = server.client().events()
  const view = events.room(roomId)
  await vi.advanceTimersByTimeAsync(0)
  server.welcome()
  await vi.advanceTimersByTimeAsync(0)
  server.calls.length = 0
  return { server, events, view }
}
