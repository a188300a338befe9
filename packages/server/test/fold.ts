import type { EventRange, Member, Message, Room, RoomEvent, RoomId, UserId } from '@antiphon/client'
import { expect } from 'vitest'
import type { Person } from './server.ts'

/** What somebody has of a room, as a program on the SDK keeps it. */
export interface Copy {
  readonly person: Pick<Person, 'client' | 'user'>
  readonly roomId: RoomId
  /** Null where they are not in it. */
  readonly room: Room | null
  readonly members: ReadonlyMap<UserId, Member>
  readonly messages: ReadonlyMap<number, Message>
  /** The number up to which it is complete. */
  readonly seq: number
}

/** What somebody sees of a room now. */
export async function fetchCopy(person: Copy['person'], roomId: RoomId): Promise<Copy> {
  const { messages, seq } = await fetchMessages(person, roomId)
  return { person, roomId, ...(await fetchState(person, roomId)), messages, seq }
}

async function fetchState({ client }: Copy['person'], roomId: RoomId): Promise<Pick<Copy, 'room' | 'members'>> {
  const got = await client.messages.rooms.get.safe({ roomId })
  const members = new Map<UserId, Member>()
  if (!got.ok) expect(got.error.code).toBe('NOT_FOUND')
  if (!got.ok || got.data.role === null) return { room: null, members }
  for await (const { userId, role, joinedAt } of client.messages.rooms.members.list.all({ roomId, limit: 3 })) {
    if (role === null || joinedAt === null) throw new Error('Somebody in the room has no role.')
    members.set(userId, { userId, role, joinedAt })
  }
  return { room: got.data, members }
}

async function fetchMessages({ client }: Copy['person'], roomId: RoomId) {
  const messages = new Map<number, Message>()
  const range = await client.messages.since.safe({ roomId, after: 0, limit: 1 })
  if (!range.ok) {
    expect(range.error.code).toBe('NOT_FOUND')
    return { messages, seq: 0 }
  }
  const list = await client.messages.list.safe({ roomId, limit: 1 })
  if (list.ok) {
    const all = client.messages.list.all({ roomId, limit: 50, window: { last: 10_000 } })
    for await (const message of all) messages.set(message.seq, message)
  } else expect(list.error.code).toBe('NOT_FOUND')
  return { messages, seq: range.data.lastSeq }
}

/** Applies the next range to a copy. `isStale` says that its owner came into the room: settings and members are to be fetched. */
export function fold(copy: Copy, range: EventRange): { copy: Copy; isStale: boolean } {
  expect([range.roomId, range.from]).toEqual([copy.roomId, copy.seq])
  expect(range.lastSeq).toBeGreaterThanOrEqual(range.to)
  const ownId = copy.person.user.id
  const isStale = range.events.some(
    ({ kind, ...event }) => kind === 'member.joined' && 'userId' in event && event.userId === ownId,
  )
  let last = range.from
  for (const event of range.events) {
    expect(event.seq > last && event.seq <= range.to).toBe(true)
    last = event.seq
  }
  const folded = range.events.reduce(apply, copy)
  const room = folded.room && { ...folded.room, lastSeq: range.to }
  return { copy: { ...folded, room, seq: range.to }, isStale }
}

function apply(copy: Copy, event: RoomEvent): Copy {
  switch (event.kind) {
    case 'room.created':
    case 'room.updated':
      return { ...copy, room: copy.room && { ...copy.room, ...event.room } }
    case 'room.purged': {
      const messages = new Map([...copy.messages].filter(([seq]) => seq > event.upTo))
      return { ...copy, room: copy.room && { ...copy.room, ...event.room }, messages }
    }
    case 'room.removed':
      return { ...copy, room: null, members: new Map(), messages: new Map() }
    case 'member.joined':
    case 'member.left':
    case 'member.removed':
    case 'member.changed': {
      const { userId, member } = event
      const isOwn = userId === copy.person.user.id
      if (isOwn && member === null) return { ...copy, room: null, members: new Map() }
      if (copy.room === null) return copy
      const members = new Map(copy.members)
      if (member === null) members.delete(userId)
      else members.set(userId, member)
      return { ...copy, members, room: isOwn && member !== null ? { ...copy.room, role: member.role } : copy.room }
    }
    case 'message.sent':
    case 'message.edited':
    case 'message.deleted':
    case 'message.reacted':
      return { ...copy, messages: new Map(copy.messages).set(event.message.seq, event.message) }
    default:
      return copy
  }
}

/** A copy with all that happened meanwhile, by `messages.since` in small ranges. */
export async function follow(copy: Copy, limit = 3): Promise<Copy> {
  const { person, roomId } = copy
  let isStale = false
  let now = copy
  for (;;) {
    const range = await person.client.messages.since.safe({ roomId, after: now.seq, limit })
    if (!range.ok) {
      expect(range.error.code).toBe('NOT_FOUND')
      return { ...copy, room: null, members: new Map(), messages: new Map(), seq: 0 }
    }
    const folded = fold(now, range.data)
    isStale ||= folded.isStale
    now = folded.copy
    if (now.seq === range.data.lastSeq) return isStale ? { ...now, ...(await fetchState(person, roomId)) } : now
  }
}

/** Without the order of things, and without the time of events that not everybody sees. */
function comparable({ room, members, messages, seq }: Copy) {
  const { lastEventAt: _, ...settings } = room ?? {}
  const byKey = <Key extends string | number, Value>(map: ReadonlyMap<Key, Value>) =>
    [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value)
  return { seq, room: room && settings, members: byKey(members), messages: byKey(messages) }
}

/** What somebody had, folded with what happened since, has to be what they see; gives what they have then. */
export async function expectFolded(before: Copy): Promise<Copy> {
  const folded = await follow(before)
  expect(comparable(folded)).toEqual(comparable(await fetchCopy(before.person, before.roomId)))
  return folded
}

/**
 * Does something to a room, and proves for each of these people, in it or not, that what they had before and the events since
 * make what they see afterwards.
 */
export async function folding<Result>(
  roomId: RoomId,
  people: readonly Copy['person'][],
  work: () => Promise<Result>,
): Promise<Result> {
  const copies = await Promise.all(people.map((person) => fetchCopy(person, roomId)))
  const result = await work()
  for (const copy of copies) await expectFolded(copy)
  return result
}
