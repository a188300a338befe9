import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { createPool } from '../src/db/connect.ts'
import type { Tables } from '../src/db/tables.gen.ts'
import { newId } from '../src/ids.ts'
import { listRooms, roomsOfMember } from '../src/messages/rooms/store.ts'
import { findSent, listMessages, readEvents } from '../src/messages/store.ts'
import { findApiKey, listApiKeys } from '../src/users/apiKeys/store.ts'
import { listAudit } from '../src/users/audit/store.ts'
import { listBlocks } from '../src/users/blocks/store.ts'
import { addressesOf, findDevice, listDevices, signedInDevices } from '../src/users/devices/store.ts'
import { auditAfter, friendshipsAfter, sentAfter } from '../src/users/export/store.ts'
import { countOutgoing, findFriend, listFriends } from '../src/users/friends/store.ts'
import { findMailToken } from '../src/users/mail/store.ts'
import { readPresences, whoShowPresence } from '../src/users/presence/store.ts'
import { findCredentials, findUser, isBlockedEitherWay, listUsers } from '../src/users/store.ts'
import { createTestDatabase } from './database.ts'

type Work = (db: Kysely<Tables>) => Promise<unknown>

const [userId, roomId] = [newId('user'), newId('room')]
const others = Array.from({ length: 50 }, (_, at) => `usr_${at + 2}` as typeof userId)

/** A house that is lived in: 2,000 people, 5,000 rooms of 4, messages in a hundred of them and 4,000 in one. */
const seed = `
  insert into users (id, email, email_key, user_name, user_name_key)
    select case n when 1 then '${userId}' else 'usr_' || n end, n || '@x', n || '@x', 'u' || n, 'u' || n
    from generate_series(1, 2000) n;
  insert into devices (id, user_id, secret_hash, address, last_seen_at)
    select 'dev_' || id || n, id, 'x', '10.0.0.' || n, now() - n * interval '1 day' from users, generate_series(1, 3) n;
  insert into api_keys (id, kind, owner_id, name, scopes, secret_hash)
    select 'key_' || id || n, 'personal', id, 'k', '{users:read}', 'x' from users, generate_series(1, 2) n;
  insert into mail_tokens (id, user_id, purpose, email_key, secret_hash, expires_at)
    select 'mlt_' || id, id, 'reset', 'x', 'x', now() + interval '1 hour' from users;
  insert into friendships (user_low, user_high, requested_by, accepted_at)
    select least(a.id, b.id), greatest(a.id, b.id), a.id, case when a.n % 2 = 0 then now() end
    from (select id, row_number() over () as n from users) a
    join (select id, row_number() over () as n from users) b on b.n between a.n + 1 and a.n + 20;
  insert into blocks (blocker_id, blocked_id)
    select a.id, b.id from (select id, row_number() over () as n from users) a
    join (select id, row_number() over () as n from users) b on b.n between a.n + 30 and a.n + 33;
  insert into presences (user_id, status, seen_at) select id, 'busy', now() from users;
  insert into audit_log (action, user_id, target, address)
    select 'users.signIn', id, id, '10.0.0.1' from users, generate_series(1, 10) n;
  insert into rooms (id, kind, created_by)
    select case n when 1 then '${roomId}' else 'rom_' || n end, 'group', '${userId}' from generate_series(1, 5000) n;
  insert into room_members (room_id, user_id, role)
    select r.id, u.id, 'member' from (select id, row_number() over () as n from rooms) r
    join (select id, row_number() over () as n from users) u on (u.n + r.n) % 500 = 0;
  insert into direct_rooms (user_low, user_high, room_id)
    select least(a, b), greatest(a, b), 'rom_direct_' || a from (select 'usr_' || n as a, 'usr_' || (n + 1) as b from generate_series(2, 1999) n) pairs;
  insert into room_events (room_id, seq, kind, actor_id, at)
    select r.id, n, 'message.sent', case n % 40 when 1 then '${userId}' else 'usr_' || (2 + n % 1999) end, now() from (select id from rooms order by id = '${roomId}' desc limit 100) r, generate_series(1, 4000) n
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

const always = { seenAfter: new Date(0), createdAfter: new Date(0) }

const hot: [string, Work, RegExp][] = [
  ['a token', (db) => findDevice(db, newId('device')), /Index Scan using devices_pkey/],
  ['a key', (db) => findApiKey(db, newId('apiKey')), /Index Scan using api_keys_pkey/],
  ['devices of live streams', (db) => signedInDevices(db, [newId('device'), newId('device')], always), /devices_pkey/],
  ['devices of a user', (db) => listDevices(db, userId, { ...always, limit: 50 }), /devices_user/],
  ['places of a user', (db) => addressesOf(db, userId), /devices_user/],
  ['keys of a user', (db) => listApiKeys(db, { ownerId: userId, limit: 50 }), /api_keys_owner/],
  ['keys of services', (db) => listApiKeys(db, { ownerId: null, limit: 50 }), /api_keys_owner|api_keys_pkey/],
  ['a mailed link', (db) => findMailToken(db, newId('mailToken')), /mail_tokens_pkey/],
  ['a friend', (db) => findFriend(db, userId, newId('user')), /friendships_(pkey|high)/],
  ['friends', (db) => listFriends(db, userId, { state: 'accepted', limit: 50 }), /friendships_(pkey|high)/],
  ['requests to me', (db) => listFriends(db, userId, { state: 'incoming', limit: 50 }), /friendships_(pkey|high)/],
  ['requests of mine', (db) => countOutgoing(db, userId, 1_000), /friendships_(pkey|high)/],
  ['blocks', (db) => listBlocks(db, userId, { limit: 50 }), /blocks_pkey/],
  ['a block either way', (db) => isBlockedEitherWay(db, userId, newId('user')), /blocks_(pkey|blocked)/],
  ['who shows presence', (db) => whoShowPresence(db, userId, others), /friendships_[\s\S]*room_members_(user|pkey)/],
  ['presences', (db) => readPresences(db, userId, others), /presences_pkey/],
  ['the audit log', (db) => listAudit(db, {}, { limit: 50 }), /audit_log_pkey/],
  ['the audit log of a user', (db) => listAudit(db, { userId }, { limit: 50 }), /audit_log_user/],
  ['the audit log of a thing', (db) => listAudit(db, { target: userId }, { limit: 50 }), /audit_log_target/],
  ['what was audited of me', (db) => auditAfter(db, userId, 5n, 200), /audit_log_user/],
  ['what I sent', (db) => sentAfter(db, userId, ['', 0n], 200), /messages_sender/],
  ['friendships to export', (db) => friendshipsAfter(db, userId, '', 200), /friendships_(pkey|high)/],
  ['a user by id', (db) => findUser(db, { userId }), /users_pkey/],
  ['a user by name', (db) => findUser(db, { userName: 'ann' }), /users_user_name_unique/],
  ['a user by e-mail address', (db) => findUser(db, { email: 'a@b.c' }), /users_email_unique/],
  ['credentials', (db) => findCredentials(db, 'ann'), /users_user_name_unique/],
  [
    'users by prefix',
    (db) => listUsers(db, userId, { prefix: 'a', after: 'ab', limit: 50 }),
    /Index.*users_user_name_unique/,
  ],
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
    /rooms_pkey|room_events_pkey[\s\S]*messages_(pkey|sender)/,
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
