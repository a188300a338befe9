import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { createPool } from '../src/db/connect.ts'
import type { Tables } from '../src/db/tables.gen.ts'
import { newId } from '../src/ids.ts'
import { listRooms, roomsOfMember } from '../src/messages/rooms/store.ts'
import { findSent, listMessages, readEvents } from '../src/messages/store.ts'
import { authenticateToken } from '../src/users/devices.ts'
import { findCredentials, findUser, listUsers } from '../src/users/store.ts'
import { createTestDatabase } from './database.ts'

type Work = (db: Kysely<Tables>) => Promise<unknown>

const [userId, roomId] = [newId('user'), newId('room')]

/** A house that is lived in: 2,000 people, 5,000 rooms of 4, messages in a hundred of them and 4,000 in one. */
const seed = `
  insert into users (id, email, email_key, user_name, user_name_key)
    select case n when 1 then '${userId}' else 'usr_' || n end, n || '@x', n || '@x', 'u' || n, 'u' || n
    from generate_series(1, 2000) n;
  insert into devices (id, user_id, secret_hash) select 'dev_' || id, id, 'x' from users;
  insert into rooms (id, kind, created_by)
    select case n when 1 then '${roomId}' else 'rom_' || n end, 'group', '${userId}' from generate_series(1, 5000) n;
  insert into room_members (room_id, user_id, role)
    select r.id, u.id, 'member' from (select id, row_number() over () as n from rooms) r
    join (select id, row_number() over () as n from users) u on (u.n + r.n) % 500 = 0;
  insert into room_events (room_id, seq, kind, actor_id, at)
    select r.id, n, 'message.sent', '${userId}', now() from (select id from rooms order by id = '${roomId}' desc limit 100) r, generate_series(1, 4000) n
    where n <= 40 or r.id = '${roomId}';
  insert into messages (room_id, seq, sender_id, client_id, content_hash, body, sent_at)
    select room_id, seq, actor_id, seq::text, 'x', 'body', at from room_events;
  analyze`

const database = await createTestDatabase({ keep: true })
afterAll(() => database.drop())
{
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(seed).finally(() => client.end())
}

/** The plans of every statement that a store function runs. */
async function plansOf(work: Work): Promise<string[]> {
  const pool = createPool({ connectionString: database.url }, { max: 1 })
  const queries: CompiledQuery[] = []
  const dialect = new PostgresDialect({ pool })
  const db = new Kysely<Tables>({ dialect, log: ({ query }) => void queries.push(query) })
  try {
    await work(db).catch(() => {})
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
    (db) => listRooms(db, userId, undefined, 50),
    /room_members_user[\s\S]*rooms_pkey|rooms_pkey[\s\S]*room_members_user/,
  ],
  [
    'messages of a room',
    (db) => listMessages(db, userId, { roomId, below: 100, limit: 50 }),
    /Index Scan Backward using messages_pkey/,
  ],
  [
    'events of a room',
    (db) => readEvents(db, userId, { roomId, after: 3_900, limit: 50 }),
    /rooms_pkey|Index Scan using room_events_pkey[\s\S]*messages_pkey/,
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
