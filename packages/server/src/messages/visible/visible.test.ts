import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../../test/database.ts'
import { createDb, createPool, type Db } from '../../db/connect.ts'
import { newId, type RoomId, type UserId } from '../../ids.ts'
import { findIntervals, isVisibleTo } from './store.ts'
import { isMessageVisible } from './view.ts'

const database = await createTestDatabase({ keep: true })
const db = createDb(createPool({ connectionString: database.url }, { max: 2 }))
afterAll(async () => {
  await db.destroy()
  await database.drop()
})

const viewerId = newId('user')
const senders = [viewerId, newId('user'), newId('user'), newId('user')]
await db
  .insertInto('users')
  .values(senders.map((id) => ({ id, user_name: id, user_name_key: id })))
  .execute()

/** Any past of a room: when the viewer came and went, what was sent by whom, hidden or not, shared or not. */
const past = fc.record({
  // Ascending: in, out, in, out ...; an odd count ends inside.
  turns: fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 7 }).map((list) => list.sort((a, b) => a - b)),
  messages: fc.uniqueArray(
    fc.record({
      seq: fc.integer({ min: 1, max: 32 }),
      sender: fc.integer({ min: 0, max: senders.length - 1 }),
      hidden: fc.boolean(),
      shared: fc.boolean(),
    }),
    { selector: ({ seq }) => seq, maxLength: 32 },
  ),
  blocked: fc.subarray(senders.slice(1)),
})

type Past = typeof past extends fc.Arbitrary<infer Value> ? Value : never

async function write(tx: Db, roomId: RoomId, { turns, messages, blocked }: Past): Promise<void> {
  await tx.insertInto('rooms').values({ id: roomId, kind: 'group', created_by: viewerId }).execute()
  const common = { room_id: roomId, user_id: viewerId }
  for (let at = 0; at < turns.length; at += 2) {
    const interval = { ...common, from_seq: turns[at] ?? 0, to_seq: turns[at + 1] ?? null }
    await tx.insertInto('memberships').values(interval).execute()
  }
  const rows = messages.map(({ sender, ...message }) => ({
    ...{ room_id: roomId, body: '', content_hash: Buffer.alloc(0), sent_at: new Date() },
    ...{ ...message, sender_id: senders[sender]! },
  }))
  if (rows.length > 0) await tx.insertInto('messages').values(rows).execute()
  await tx.deleteFrom('blocks').execute()
  const blocks = blocked.map((id) => ({ blocker_id: viewerId, blocked_id: id }))
  if (blocks.length > 0) await tx.insertInto('blocks').values(blocks).execute()
}

async function shownBySql(roomId: RoomId): Promise<number[]> {
  const rows = await db
    .selectFrom('messages')
    .select('seq')
    .where('room_id', '=', roomId)
    .where(isVisibleTo(viewerId))
    .orderBy('seq')
    .execute()
  return rows.map(({ seq }) => Number(seq))
}

/** As said in words, on plain numbers. */
function shownInWords({ turns, messages, blocked }: Past): number[] {
  const shown = messages.filter(({ seq, shared, hidden, sender }) => {
    const senderId: UserId = senders[sender]!
    if (blocked.includes(senderId) || (hidden && senderId !== viewerId)) return false
    // How often they had come or gone before it was sent; where there is another turn, they come again.
    const turn = turns.filter((number) => number < seq).length
    const isThere = turn % 2 === 1
    return isThere || (shared && turn < turns.length)
  })
  return shown.map(({ seq }) => seq).sort((a, b) => a - b)
}

test('lists and streams show the same of any room: what was sent while there, or before and shared', async () => {
  await fc.assert(
    fc.asyncProperty(past, async (given) => {
      const roomId = newId('room')
      await db.transaction().execute((tx) => write(tx, roomId, given))
      const intervals = await findIntervals(db, roomId, viewerId)
      const view = { viewerId, intervals, blocked: new Set(given.blocked) }
      const shown = given.messages
        .filter(({ seq, sender, ...rest }) =>
          isMessageVisible(view, { ...rest, seq: BigInt(seq), senderId: senders[sender]! }),
        )
        .map(({ seq }) => seq)
        .sort((a, b) => a - b)
      expect(await shownBySql(roomId)).toEqual(shown)
      expect(shownInWords(given)).toEqual(shown)
    }),
    { numRuns: 200 },
  )
})
