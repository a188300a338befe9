import type { Db } from '../db/connect.ts'
import { meetingId, sessionId, type UserId } from '../ids.ts'
import { whoSeeSessions } from '../sessions/sight.ts'
import type { Frame } from './connection.ts'
import type { Listeners } from './listeners.ts'
import { peerFrame } from './schema.ts'
import { blocksOf, marksOf, whoSeePresence } from './store.ts'
import type { TailEphemeron } from './tail.ts'

const maxInFrame = 200

/** Hands on what is true for a moment. */
export async function tellEphemera(db: Db, listeners: Listeners, ephemera: readonly TailEphemeron[]): Promise<void> {
  await refreshBlocks(
    db,
    listeners,
    ephemera.filter(({ kind }) => kind === 'blocks'),
  )
  await tellMarks(
    db,
    listeners,
    ephemera.filter(({ kind }) => kind === 'marks'),
  )
  await tellSessions(db, listeners, ephemera)
  for (const one of ephemera) {
    if (one.kind === 'typing') tellTyping(listeners, one)
    if (one.kind === 'lobby') tellLobby(listeners, one)
    if (one.kind === 'peer') tellPeer(listeners, one)
  }
}

function tellTyping(listeners: Listeners, { roomId, userId, detail }: TailEphemeron): void {
  if (roomId === null) return
  const frame: Frame = { kind: 'room.typing', roomId, userId, typing: detail === 'on' }
  for (const connection of listeners.inRoom(roomId)) {
    if (connection.userId !== userId && !connection.blocked.has(userId)) connection.push(frame)
  }
}

function tellLobby(listeners: Listeners, { userId, detail }: TailEphemeron): void {
  const { data } = meetingId.safeParse(detail)
  if (data === undefined) return
  for (const connection of listeners.ofUser(userId)) connection.push({ kind: 'meeting.lobby', meetingId: data })
}

function tellPeer(listeners: Listeners, { userId, detail }: TailEphemeron): void {
  const connections = listeners.ofUser(userId)
  if (connections.length === 0 || detail === null) return
  const { data } = peerFrame.safeParse(JSON.parse(detail))
  if (data !== undefined) for (const connection of connections) connection.push(data)
}

/** What changed in a session, told once however often it did. */
async function tellSessions(db: Db, listeners: Listeners, ephemera: readonly TailEphemeron[]): Promise<void> {
  const changed = ephemera.flatMap(({ kind, detail }) =>
    kind === 'session' ? (sessionId.safeParse(detail).data ?? []) : [],
  )
  if (changed.length === 0 || listeners.userIds.length === 0) return
  for (const { id, viewerId } of await whoSeeSessions(db, [...new Set(changed)], listeners.userIds)) {
    for (const connection of listeners.ofUser(viewerId)) connection.push({ kind: 'session.changed', sessionId: id })
  }
}

async function tellMarks(db: Db, listeners: Listeners, moved: readonly TailEphemeron[]): Promise<void> {
  const rooms = [
    ...new Set(moved.flatMap(({ roomId }) => (roomId !== null && listeners.isHeard(roomId) ? roomId : []))),
  ]
  if (rooms.length === 0) return
  const rows = await marksOf(db, rooms, [...new Set(moved.map(({ userId }) => userId))])
  for (const [roomId, marks] of Map.groupBy(rows, (row) => row.roomId)) {
    for (let at = 0; at < marks.length; at += maxInFrame) {
      const shown = marks.slice(at, at + maxInFrame).map(({ userId, deliveredSeq, readSeq }) => ({
        ...{ userId, deliveredSeq: Number(deliveredSeq), readSeq: Number(readSeq) },
      }))
      const frame: Frame = { kind: 'room.marks', roomId, marks: shown }
      for (const connection of listeners.inRoom(roomId)) connection.push(frame)
    }
  }
}

/** Whoever blocks or unblocks somebody sees other things from then on. */
async function refreshBlocks(db: Db, listeners: Listeners, changes: readonly TailEphemeron[]): Promise<void> {
  const userIds = [...new Set(changes.map(({ userId }) => userId))].filter((id) => listeners.ofUser(id).length > 0)
  if (userIds.length === 0) return
  const blocked = await blocksOf(db, userIds)
  for (const userId of userIds) {
    for (const connection of listeners.ofUser(userId)) {
      connection.blocked = new Set(blocked.get(userId))
      connection.push({ kind: 'resync' })
    }
  }
}

/** Tells those who may see the presence of these people, and themselves, that it is another. */
export async function tellPresence(db: Db, listeners: Listeners, userIds: readonly UserId[]): Promise<void> {
  if (userIds.length === 0) return
  for (const { userId, viewerId } of await whoSeePresence(db, userIds, listeners.userIds)) {
    for (const connection of listeners.ofUser(viewerId)) connection.push({ kind: 'presence.changed', userId })
  }
}
