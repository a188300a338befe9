import {
  type AntiphonClient,
  isAntiphonError,
  type Mark,
  type MessagesListOutput,
  type Room,
  type RoomId,
  type UserId,
} from '../../generated/index.ts'
import { applyRange, beginFold, endFold, type Loaded, type Range, type RoomFold } from './fold.ts'
import type { RoomOptions } from './options.ts'

const maxPage = 200
/** How many messages a view begins with. */
const firstPage = 50
/** Lists go back some days unless told otherwise. */
const everything = { since: new Date(0) }
const nothing: Loaded = {
  ...{ room: undefined, members: [], marks: [], applied: 0, isGone: true },
  page: { items: [], nextCursor: null },
}

export interface LoadOptions extends Pick<RoomOptions, 'client' | 'roomId' | 'sight'> {
  /** A number that the room is known to have reached; asked for where there is none. */
  readonly position: number | undefined
  /** How far back the messages are to go; left out, a first page. */
  readonly downTo: number | undefined
}

/**
 * A room as it is; undefined where there is nothing of it to be had. Its number and the viewer's sight come first and the rest
 * after them, so that nothing falls in between.
 */
export async function loadRoom(options: LoadOptions): Promise<RoomFold | undefined> {
  const { client, roomId, position } = options
  const [first, sight] = await Promise.all([
    position === undefined ? findRoom(client, roomId) : undefined,
    options.sight.last ?? findSight(client, roomId),
  ])
  const isOfOthers = position === undefined && !isMine(first)
  const loaded = await (isOfOthers ? loadOfOthers(options, first) : loadOwn(options, first))
  return loaded && { ...loaded, sight }
}

async function findSight(client: AntiphonClient, roomId: RoomId): Promise<number | undefined> {
  const range = await client.messages.since.safe({ roomId, after: 0, limit: 1 })
  if (!range.ok && range.error.code !== 'NOT_FOUND') throw range.error
  return range.ok ? range.data.sight : undefined
}

async function loadOwn(options: LoadOptions, first: Room | undefined): Promise<RoomFold> {
  const { client, roomId, position } = options
  const [room = first, page, members, marks] = await Promise.all([
    first === undefined ? findRoom(client, roomId) : undefined,
    loadPages(options),
    loadMembers(client, roomId),
    loadMarks(client, roomId),
  ])
  return beginFold({ room, members, page, marks, applied: position ?? first?.lastSeq ?? 0, isGone: false })
}

/** The newest messages, as far back as asked for. What happens to them meanwhile is told by events. */
async function loadPages({ client, roomId, downTo }: LoadOptions): Promise<MessagesListOutput> {
  const limit = downTo === undefined ? firstPage : maxPage
  let { items, nextCursor } = await loadPage(client, roomId, { limit })
  while (nextCursor !== null && downTo !== undefined && (items.at(-1)?.seq ?? 0) > downTo) {
    const next = await loadPage(client, roomId, { limit, cursor: nextCursor })
    items = [...items, ...next.items]
    nextCursor = next.nextCursor
  }
  return { items, nextCursor }
}

/** A page of messages, newest first, that goes on where a cursor says. */
export function loadPage(client: AntiphonClient, roomId: RoomId, page: { limit: number; cursor?: string }) {
  return client.messages.list({ roomId, window: everything, ...page })
}

/** A room that one is not in any more, with what was known of it, up to leaving it. */
export async function loadLast(
  { client, roomId, viewerId }: { client: AntiphonClient; roomId: RoomId; viewerId: UserId | undefined },
  loaded: RoomFold | undefined,
  known: RoomFold | undefined,
): Promise<RoomFold> {
  if (known === undefined) return loaded ?? beginFold(nothing)
  const ranges = await loadRanges(client, roomId, known.applied)
  const last = endFold(ranges.reduce((fold, range) => applyRange(fold, range, viewerId), known))
  if (loaded === undefined) return last
  const { messages, floor, cursor, sight } = loaded
  return { ...last, messages, floor, cursor, sight, below: undefined }
}

/** Everything that one may see of what happened after a number; nothing where the room is none of one's own. */
async function loadRanges(client: AntiphonClient, roomId: RoomId, after: number): Promise<Range[]> {
  const ranges: Range[] = []
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

/** A room that one is not in: messages of when one was, and no more; undefined where one never was, or it is no more. */
async function loadOfOthers(options: LoadOptions, room: Room | undefined) {
  try {
    const page = await loadPages(options)
    return beginFold({ ...nothing, room, page, applied: page.items[0]?.seq ?? 0 })
  } catch (error) {
    if (isAntiphonError(error, 'NOT_FOUND')) return undefined
    throw error
  }
}
