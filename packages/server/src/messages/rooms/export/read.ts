import type { z } from 'zod'
import type { Db } from '../../../db/connect.ts'
import type { RoomId, UserId } from '../../../ids.ts'
import { maxPage } from '../../../page.ts'
import { findMember, listMembers } from '../../members/store.ts'
import { findRoom } from '../store.ts'
import type { roomExportItem } from './schema.ts'
import { messagesAfter } from './store.ts'

type Item = z.infer<typeof roomExportItem>

/** An item, and where its section goes on after it. */
type Placed = readonly [position: string, item: Item]

/** The items of one kind after a position (empty at the start), up to a page; none end the section. */
type Section = (db: Db, viewerId: UserId, roomId: RoomId, after: string) => Promise<Placed[]>

/** What the export of a room holds, in its order. Who has left gets the messages alone. */
export const sections: Readonly<Record<string, Section>> = {
  async room(db, viewerId, roomId, after) {
    const room = after === '' ? await findRoom(db, viewerId, roomId) : undefined
    return room === undefined ? [] : [['1', { kind: 'room', room }]]
  },
  async member(db, viewerId, roomId, after) {
    if ((await findMember(db, roomId, viewerId)) === undefined) return []
    const page = { limit: maxPage, ...(after !== '' && { after: after as UserId }) }
    const rows = await listMembers(db, roomId, page)
    return rows.map((member) => [member.userId, { kind: 'member', member }])
  },
  async message(db, viewerId, roomId, after) {
    const rows = await messagesAfter(db, viewerId, { roomId, after: BigInt(after || 0), limit: maxPage })
    return rows.map((message) => [String(message.seq), { kind: 'message', message }])
  },
}
