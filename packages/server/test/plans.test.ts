import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import { expect, test } from 'vitest'
import { createPool } from '../src/db/connect.ts'
import type { Tables } from '../src/db/tables.gen.ts'
import { newId } from '../src/ids.ts'
import { listRooms, roomsOfMember } from '../src/messages/rooms/store.ts'
import { findSent, listMessages, readEvents } from '../src/messages/store.ts'
import { authenticateToken } from '../src/users/devices.ts'
import { findCredentials, findUser, listUsers } from '../src/users/store.ts'
import { createTestDatabase } from './database.ts'

type Work = (db: Kysely<Tables>) => Promise<unknown>

/** The plans of every statement that a store function runs, where sequential scans are a last resort. */
async function plansOf(work: Work): Promise<string[]> {
  const { url } = await createTestDatabase()
  const pool = createPool({ connectionString: url }, { max: 1 })
  const queries: CompiledQuery[] = []
  const db = new Kysely<Tables>({
    dialect: new PostgresDialect({ pool }),
    log: ({ query }) => void queries.push(query),
  })
  try {
    await work(db).catch(() => {})
    await pool.query('set enable_seqscan = off')
    const plans: string[] = []
    for (const { sql, parameters } of queries) {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, [...parameters])
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
    }
    return plans
  } finally {
    await db.destroy()
  }
}

const [userId, roomId] = [newId('user'), newId('room')]

const hot: [string, Work, RegExp][] = [
  ['a token', (db) => authenticateToken(db, `${newId('device')}.${'a'.repeat(43)}`), /Index Scan using devices_pkey/],
  ['a user by id', (db) => findUser(db, { userId }), /users_pkey/],
  ['a user by name', (db) => findUser(db, { userName: 'ann' }), /users_user_name_unique/],
  ['a user by e-mail address', (db) => findUser(db, { email: 'a@b.c' }), /users_email_unique/],
  ['credentials', (db) => findCredentials(db, 'ann'), /users_user_name_unique/],
  ['users by prefix', (db) => listUsers(db, { prefix: 'a', after: 'ab', limit: 50 }), /Index.*users_user_name_unique/],
  ['membership', (db) => roomsOfMember(db, userId, [roomId]), /Index.*room_members/],
  [
    'rooms of a user',
    (db) => listRooms(db, userId, { limit: 50 }),
    /room_members_user[\s\S]*rooms_pkey|rooms_pkey[\s\S]*room_members_user/,
  ],
  [
    'messages of a room',
    (db) => listMessages(db, userId, { roomId, below: 100, limit: 50 }),
    /Index Scan Backward using messages_pkey/,
  ],
  [
    'a message by client id',
    (db) => findSent(db, { roomId, senderId: userId, clientId: 'x' }),
    /messages_client_id_unique/,
  ],
]

test.each(hot)('an index serves %s', async (_name, work, expected) => {
  const plans = await plansOf(work)
  expect(plans.length).toBeGreaterThan(0)
  for (const plan of plans) {
    expect(plan).toMatch(expected)
    expect(plan).not.toMatch(/Seq Scan/)
  }
})

test('an index serves events of a room', async () => {
  const plans = await plansOf(async (db) => {
    await db
      .insertInto('users')
      .values({ id: userId, email: 'a', email_key: 'a', user_name: 'a', user_name_key: 'a' })
      .execute()
    await db.insertInto('rooms').values({ id: roomId, kind: 'group', created_by: userId }).execute()
    await readEvents(db, userId, { roomId, after: 0, limit: 50 })
  })
  const plan = plans.at(-1)!
  expect(plan).toMatch(/Index Scan using room_events_pkey/)
  expect(plan).toMatch(/messages_pkey/)
  expect(plan).not.toMatch(/Seq Scan|Sort/)
})
