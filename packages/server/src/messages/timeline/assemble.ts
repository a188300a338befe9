import type { z } from 'zod'
import type { Db } from '../../db/connect.ts'
import { eventKinds } from '../../events/log.ts'
import type { RoomId, UserId } from '../../ids.ts'
import type { roomEvent } from '../schema.ts'
import { asSeenBy } from '../store.ts'
import { isMessageVisible, isWithin, type View } from '../visible/view.ts'
import { type EventRow, type JudgedMessage, keyOf, readMembers, readMessages, readRoomStates } from './store.ts'

export type RoomEvent = z.infer<typeof roomEvent>

/** An event with what it is about, before it is decided who may see it. */
export interface FullEvent {
  readonly roomId: RoomId
  readonly seq: bigint
  readonly shared: boolean
  /** Undefined where there is nothing left to tell. */
  readonly event: RoomEvent | undefined
  readonly message: JudgedMessage | undefined
}

/** Reads what lines of the log are about, as it is now: deleted text is never told again. A few queries for all of them. */
export async function assemble(db: Db, rows: readonly EventRow[]): Promise<FullEvent[]> {
  const ofMessages = rows.filter(({ kind }) => kind.startsWith('message.'))
  const ofMembers = rows.flatMap(({ roomId, subjectId }) => (subjectId === null ? [] : { roomId, userId: subjectId }))
  const ofRooms = rows.filter(({ kind }) => kind.startsWith('room.'))
  const [messages, members, rooms] = await Promise.all([
    readMessages(
      db,
      ofMessages.map(({ roomId, seq, target }) => ({ roomId, seq: target ?? seq })),
    ),
    readMembers(db, ofMembers),
    readRoomStates(
      db,
      ofRooms.map(({ roomId }) => roomId),
    ),
  ])
  const membersByKey = new Map(members.map(({ roomId, ...member }) => [`${roomId} ${member.userId}`, member]))
  const roomsById = new Map(rooms.map(({ id, ...room }) => [id, room]))
  return rows.map((row) => {
    const { roomId, seq, shared, kind, at, actorId, subjectId, detail } = row
    const message = messages.get(keyOf({ roomId, seq: row.target ?? seq }))
    const known = eventKinds.find((name) => name === kind)
    const common = { seq: Number(seq), at, actorId }
    const room = roomsById.get(roomId)
    const event = (): RoomEvent | undefined => {
      switch (known) {
        case 'message.sent':
        case 'message.edited':
        case 'message.deleted':
        case 'message.reacted':
          return message && { kind: known, ...common, message: message.message }
        case 'member.joined':
        case 'member.left':
        case 'member.removed':
        case 'member.changed': {
          const userId: UserId = subjectId ?? actorId
          return { kind: known, ...common, userId, member: membersByKey.get(`${roomId} ${userId}`) ?? null }
        }
        case 'room.created':
        case 'room.updated':
          return room && { kind: known, ...common, room }
        case 'room.purged':
          return room && { kind: known, ...common, room, upTo: Number(detail) }
        case 'room.removed':
          return { kind: known, ...common }
        case undefined:
          return undefined
      }
    }
    return { roomId, seq, shared, event: event(), message }
  })
}

/** An event as a viewer may see it, if at all: it and the message that it is about have to be visible. */
export function seenBy(view: View, { event, seq, shared, message }: FullEvent): RoomEvent | undefined {
  if (event === undefined || !isWithin(view, { seq, shared })) return undefined
  if (message === undefined || !('message' in event)) return event
  const { senderId } = message.message
  const judged = { seq: BigInt(message.message.seq), shared: message.shared, hidden: message.hidden, senderId }
  if (!isMessageVisible(view, judged)) return undefined
  return { ...event, message: asSeenBy(view.viewerId, event.message) }
}
