import type { Db } from '../../db/connect.ts'
import type { RoomId, UserId } from '../../ids.ts'
import { countFitting } from '../../page.ts'
import { shownTo } from '../departed/store.ts'
import { weightOf } from '../store.ts'
import { blockedAmong, findIntervals } from '../visible/store.ts'
import { endOf, type View } from '../visible/view.ts'
import { assemble, type RoomEvent, seenBy } from './assemble.ts'
import { findExtent, readLog } from './store.ts'

export interface Range {
  roomId: RoomId
  from: number
  to: number
  lastSeq: number
  events: RoomEvent[]
  sight: number
}

/**
 * What a viewer may see of a room after a number, as a range that is complete. For who left, the room ends where they left.
 * Undefined where there is no such room.
 */
export async function readSince(
  db: Db,
  viewerId: UserId,
  { roomId, after, limit }: { roomId: RoomId; after: number; limit: number },
): Promise<Range | undefined> {
  const extent = await findExtent(db, roomId, viewerId)
  if (extent === undefined) return undefined
  // Asked after the extent: whoever is in the room now was there up to it.
  const intervals = await findIntervals(db, roomId, viewerId)
  const end = endOf(intervals, extent.lastSeq)
  const read = await readLog(db, { roomId, after: BigInt(after), limit })
  const rows = read.filter(({ seq }) => seq <= end)
  const full = await assemble(db, rows)
  const fitting = full.slice(
    0,
    countFitting(full, ({ message }) => (message === undefined ? 0 : weightOf(message.message))),
  )
  const senders = fitting.flatMap(({ message }) => message?.message.senderId ?? [])
  const view: View = { viewerId, intervals, blocked: new Set(await blockedAmong(db, viewerId, [...new Set(senders)])) }
  const last = fitting.at(-1)?.seq
  const lastSeq = Number(end)
  // Without a line up to the end (purged, or past the viewer's leaving) the range reaches there.
  const to = last === undefined ? Math.max(after, lastSeq) : Number(last)
  const { sight } = extent
  const seen = fitting.flatMap((one) => seenBy(view, one) ?? [])
  const events = intervals.some(({ to }) => to === null) ? seen : await asOutsider(db, viewerId, seen)
  return { roomId, from: after, to, lastSeq, sight, events }
}

/** Who has left hears nothing of how the room and the others in it are now. */
async function asOutsider(db: Db, viewerId: UserId, events: readonly RoomEvent[]): Promise<RoomEvent[]> {
  const own = events.filter(
    (event) => 'message' in event || event.kind === 'room.removed' || ('userId' in event && event.userId === viewerId),
  )
  const messages = own.flatMap((event) => ('message' in event ? [event.message] : []))
  const shown = await shownTo(db, viewerId, messages)
  const byNumber = new Map(shown.map((message) => [message.seq, message]))
  return own.map((event) =>
    'message' in event ? { ...event, message: byNumber.get(event.message.seq) ?? event.message } : event,
  )
}
