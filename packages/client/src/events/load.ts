import {
  type AntiphonClient,
  type EventRange,
  isAntiphonError,
  type Mark,
  type Room,
  type RoomId,
  type UserId,
} from '../generated/index.ts'
import { applyRange, beginFold, type RoomFold } from './fold.ts'

const maxPage = 200
/** Lists go back some days unless told otherwise. */
const everything = { since: new Date(0) }
const emptyPage = { items: [], nextCursor: null }

export interface LoadOptions {
  readonly client: AntiphonClient
  readonly roomId: RoomId
  /** A number that the room is known to have reached; asked for where there is none. */
  readonly position: number | undefined
  /** How many messages to begin with. */
  readonly limit: number
}

/** A room as it is. The number comes first and the rest after it, so that nothing falls in between. */
export async function loadRoom({ client, roomId, position, limit }: LoadOptions): Promise<RoomFold> {
  const first = position === undefined ? await findRoom(client, roomId) : undefined
  if (position === undefined && !isMine(first)) return loadOfOthers(client, first, roomId, limit)
  const [room = first, page, members, marks] = await Promise.all([
    first === undefined ? findRoom(client, roomId) : undefined,
    loadPage(client, roomId, { limit }),
    loadMembers(client, roomId),
    loadMarks(client, roomId),
  ])
  return beginFold({ room, members, page, marks, applied: position ?? first?.lastSeq ?? 0, isGone: false })
}

/** A page of messages, newest first, that goes on where a cursor says. */
export function loadPage(client: AntiphonClient, roomId: RoomId, page: { limit: number; cursor?: string }) {
  return client.messages.list({ roomId, window: everything, ...page, limit: Math.min(maxPage, page.limit) })
}

/** A room that one is not in any more, with what was seen of it, up to leaving it. */
export async function loadLast(
  { client, roomId, viewerId }: { client: AntiphonClient; roomId: RoomId; viewerId: UserId | undefined },
  loaded: RoomFold,
  known: RoomFold | undefined,
): Promise<RoomFold> {
  const ranges = known === undefined ? [] : await loadRanges(client, roomId, known.applied)
  const last = ranges.reduce((fold, range) => applyRange(fold, range, viewerId), known ?? loaded)
  return { ...last, isGone: true }
}

/** Everything that one may see of what happened after a number; nothing where the room is none of one's own. */
async function loadRanges(client: AntiphonClient, roomId: RoomId, after: number): Promise<EventRange[]> {
  const ranges: EventRange[] = []
  try {
    for (let from = after; ; ) {
      const range = await client.messages.since({ roomId, after: from })
      ranges.push(range)
      if (range.to >= range.lastSeq || range.to === from) return ranges
      from = range.to
    }
  } catch (error) {
    if (isAntiphonError(error, 'NOT_FOUND', 'AHEAD_OF_ROOM')) return ranges
    throw error
  }
}

export async function loadMarks(client: AntiphonClient, roomId: RoomId): Promise<Mark[]> {
  const marks: Mark[] = []
  for await (const { userId, deliveredSeq, readSeq } of client.messages.receipts.all({ roomId, limit: maxPage })) {
    marks.push({ userId, deliveredSeq, readSeq })
  }
  return marks
}

/** Who makes the calls of a client; undefined where it may not know. */
export async function findViewer(client: AntiphonClient): Promise<UserId | undefined> {
  const me = await client.users.me.safe()
  if (!me.ok && me.error.code !== 'NOT_ALLOWED') throw me.error
  return me.ok ? me.data.id : undefined
}

async function loadMembers(client: AntiphonClient, roomId: RoomId) {
  const members = []
  for await (const { userId, role, joinedAt } of client.messages.rooms.members.list.all({ roomId, limit: maxPage })) {
    if (role !== null && joinedAt !== null) members.push({ userId, role, joinedAt })
  }
  return members
}

async function findRoom(client: AntiphonClient, roomId: RoomId): Promise<Room | undefined> {
  const found = await client.messages.rooms.get.safe({ roomId })
  if (found.ok) return found.data
  if (found.error.code === 'NOT_FOUND') return undefined
  throw found.error
}

function isMine(room: Room | undefined): boolean {
  return room !== undefined && room.role !== null
}

/** A room that one is not in: messages of when one was, if ever, and no more. */
async function loadOfOthers(client: AntiphonClient, room: Room | undefined, roomId: RoomId, limit: number) {
  const page = await loadPage(client, roomId, { limit }).catch((error: unknown) => {
    if (isAntiphonError(error, 'NOT_FOUND')) return emptyPage
    throw error
  })
  const applied = page.items[0]?.seq ?? 0
  return beginFold({ room, members: [], page, marks: [], applied, isGone: true })
}
