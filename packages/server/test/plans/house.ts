import { type CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { createPool } from '../../src/db/connect.ts'
import type { Tables } from '../../src/db/tables.gen.ts'
import { newId } from '../../src/ids.ts'
import { createTestDatabase } from '../database.ts'

export type Work = (db: Kysely<Tables>) => Promise<unknown>

export const [userId, roomId, meetingId] = [newId('user'), newId('room'), newId('meeting')]
export const sessionId = newId('session')
export const connectionId = newId('connection')
export const others = Array.from({ length: 50 }, (_, at) => `usr_${at + 2}` as typeof userId)

/** A house that is lived in: 2,000 people, 5,000 rooms of 4, messages in a hundred of them and 4,000 in one, 3,000 meetings. */
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
  insert into memberships (room_id, user_id, from_seq) select room_id, user_id, 0 from room_members;
  insert into room_bans (room_id, user_id, banned_by)
    select room_id, 'usr_' || (2 + n % 1999), '${userId}' from room_members, generate_series(1, 5) n on conflict do nothing;
  update rooms set access = 'open' where id like '%7';
  update rooms set retention_days = 30 where id like '%99';
  update rooms set last_event_at = now() - random() * interval '300 days';
  insert into direct_rooms (user_low, user_high, room_id)
    select least(a, b), greatest(a, b), 'rom_direct_' || a from (select 'usr_' || n as a, 'usr_' || (n + 1) as b from generate_series(2, 1999) n) pairs;
  insert into room_events (room_id, seq, kind, actor_id, at)
    select r.id, n, 'message.sent', case n % 40 when 1 then '${userId}' else 'usr_' || (2 + n % 1999) end, now() from (select id from rooms order by id = '${roomId}' desc limit 100) r, generate_series(1, 4000) n
    where n <= 40 or r.id = '${roomId}';
  insert into messages (room_id, seq, sender_id, client_id, content_hash, body, sent_at)
    select room_id, seq, actor_id, seq::text, 'x', 'body', at from room_events;
  update messages set mentions = array['usr_' || (2 + seq % 1999)] where seq % 5 = 0;
  update rooms set last_seq = coalesce((select max(seq) from room_events where room_id = rooms.id), 0);
  insert into reactions (room_id, seq, emoji, user_id) select room_id, seq, 'x', sender_id from messages where seq % 3 = 0;
  insert into message_versions (room_id, seq, version, body, written_at) select room_id, seq, 1, 'before', sent_at from messages where seq % 3 = 0;
  insert into receipt_log (room_id, user_id, kind, upto_seq) select m.room_id, m.user_id, k, n from room_members m, generate_series(1, 40, 10) n, unnest(array['read', 'delivered']) k where m.room_id in (select room_id from messages);
  insert into uploads (id, owner_id, name, type, size_bytes, received_bytes, completed_at, due_at)
    select 'upl_' || u.id || n, u.id, 'x', 'image/png', 1, 1, now(), case when n = 1 then now() + interval '1 day' end
    from users u, generate_series(1, 5) n;
  insert into message_uploads (room_id, seq, upload_id) select room_id, seq, 'upl_' || sender_id || 2 + seq % 4 from messages where seq % 7 = 0;
  update users set avatar = 'upl_' || id || 2 where id like '%3';
  insert into meetings (id, host_id, created_by, title, description, starts_at, duration_minutes, time_zone, provider, expanded_to, removed_at)
    select case n when 1 then '${meetingId}' else 'mtg_' || n end, host, host, 'x', repeat('x', 1500), now(), 60, 'UTC', 'link',
      case when n % 50 = 2 then now() + n * interval '1 hour' end, case when n % 50 = 3 then now() end
    from (select n, case n % 100 when 1 then '${userId}' else 'usr_' || (2 + n % 1999) end as host from generate_series(1, 3000) n) m;
  insert into meeting_occurrences (meeting_id, original_at, starts_at, ends_at)
    select id, at, at, at + interval '1 hour' from (
      select id, now() + (n - 5) * interval '1 day' + length(id) * interval '1 minute' as at from meetings, generate_series(1, 500) n
      where n <= 10 or id = '${meetingId}'
    ) times;
  insert into meeting_invitations (meeting_id, invitee, user_id, invited_by)
    select distinct m.id, u.id, u.id, m.host_id from (select id, host_id, row_number() over () as n from meetings) m
    join (select id, row_number() over () as n from users) u on (u.n + m.n) % 400 = 0;
  insert into meeting_invitations (meeting_id, invitee, email, invited_by) select id, id || '@x', id || '@x', host_id from meetings;
  insert into meeting_lobby (meeting_id, original_at, user_id, state)
    select meeting_id, original_at, user_id, case when random() < 0.2 then 'waiting' else 'admitted' end
    from meeting_invitations join meeting_occurrences using (meeting_id) where user_id is not null;
  insert into meeting_attendance (meeting_id, original_at, user_id, joined_at)
    select meeting_id, original_at, user_id, original_at from meeting_lobby where state = 'admitted';
  insert into calendar_feeds (id, user_id, secret_hash) select 'cal_' || id, id, 'x' from users;
  insert into recordings (id, meeting_id, owner_id, title) select 'rec_' || id, id, host_id, 'x' from meetings;
  insert into recording_files (id, recording_id, name, upload_id, source, state)
    select 'fil_' || m.id, 'rec_' || m.id, 'x', u.id, 'upload', 'ready'
    from (select id, row_number() over () as n from meetings) m
    join (select id, row_number() over () as n from uploads where due_at is null) u using (n);
  insert into recording_copies (provider, external_id, recording_id) select 'zoom', 'copy' || id || n, id from recordings, generate_series(1, 3) n;
  insert into recording_viewers (recording_id, viewer, user_id, shared_by)
    select 'rec_' || meeting_id, user_id, user_id, invited_by from meeting_invitations where user_id is not null;
  insert into recording_viewers (recording_id, viewer, email, shared_by) select id, id || '@x', id || '@x', owner_id from recordings;
  insert into recording_links (id, recording_id, name, secret_hash, created_by)
    select 'lnk_' || id || n, id, 'x', 'x', owner_id from recordings, generate_series(1, 3) n;
  insert into recording_views (id, recording_id, user_id, link_id, secret_hash, lock)
    select 'viw_' || v.id || n, v.id, case when n > 2 then 'usr_' || (2 + (v.at * 7 + n) % 1999) end, case when n <= 2 then 'lnk_' || v.id || n end, 'x', 0
    from (select id, row_number() over () as at from recordings) v, generate_series(1, 10) n;
  insert into recording_view_parts (view_id, file_id, seen)
    select v.id, f.id, '{[0,1)}' from recording_views v join recording_files f using (recording_id);
  update recordings set visibility = case when id like '%7' then 'members' else 'link' end, filled_at = now() - random() * interval '300 days',
    removed_at = case when id like '%33' then now() - random() * interval '60 days' end;
  update recording_files set state = 'preparing' where id like '%444';
  insert into imports (id, kind, state, file_name) select 'imp_' || n, 'streams', 'done', 'x' from generate_series(1, 2000) n;
  insert into provider_connections (id, provider, name, settings, created_by, removed_at)
    select case n when 1 then '${connectionId}' else 'con_' || n end, 'zoom', 'x', '{}', '${userId}', case when n > 50 then now() end
    from generate_series(1, 2000) n;
  insert into provider_sources (id, provider, heard_at) select id, provider, now() from provider_connections;
  insert into provider_calls (source, day, category, calls)
    select id, date_trunc('day', now()) - n * interval '1 day', 'light', 1 from provider_connections, generate_series(0, 5) n;
  insert into provider_inbox (source, dedupe_key, headers, body, folded_at)
    select id, n::text::bytea, '{}', 'x', case when n > 1 then now() end from provider_connections, generate_series(1, 5) n;
  insert into meeting_rooms (id, source, provider, external_id, meeting_id)
    select 'mrm_' || row_number() over (), 'con_' || 1 + row_number() over () % 1000, 'zoom', row_number() over (), id from meetings;
  insert into meeting_rooms (id, source, provider, external_id, host_email, title)
    select 'mrm_own' || n, 'con_' || 1 + n % 1000, 'zoom', 'own' || n, n || '@x', repeat('x', 200) from generate_series(1, 20000) n;
  insert into sessions (id, room_id, source, session_key, started_at, ended_at, observed_at, observed_by, end_requested_by)
    select case when r.at = 1 and n = 1 then '${sessionId}' else 'ses_' || r.at || '_' || n end, r.id, r.source, r.at || ' ' || n,
      now() - n * interval '1 day', case when n > 1 or r.at % 50 <> 1 then now() - n * interval '23 hours' end, now(), 'webhook',
      case when n = 3 then 'usr_' || (2 + r.at % 1999) end
    from (select id, source, row_number() over () as at from meeting_rooms limit 6000) r, generate_series(1, 5) n;
  insert into session_people (session_id, key, user_id, seen_at)
    select s.id, n::text, 'usr_' || (2 + (s.at * 5 + n) % 1999), case when s.at % 500 = 1 then now() end
    from (select id, row_number() over () as at from sessions) s, generate_series(1, 5) n;
  insert into session_facts (session_id, key, kind, at, told) select session_id, key, 'joined', now(), true from session_people;
  insert into session_stays (session_id, key, joined_at, left_at)
    select p.session_id, p.key, s.started_at, s.ended_at from session_people p join sessions s on s.id = p.session_id;
  update meetings set connection_id = 'con_' || 2 + length(id) % 40, external_id = id where id like '%9' or id like '%8';
  analyze`

/** A database that is lived in: as said above, unless another `seed` is given. */
export async function openHouse(statements = seed) {
  const database = await createTestDatabase({ keep: true })
  afterAll(() => database.drop())
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(statements).finally(() => client.end())
  return { plansOf: (work: Work) => plansOf(database.url, work) }
}

/** The plans of every statement that a store function runs. */
async function plansOf(url: string, work: Work): Promise<string[]> {
  const pool = createPool({ connectionString: url }, { max: 1 })
  const queries: CompiledQuery[] = []
  const dialect = new PostgresDialect({ pool })
  const db = new Kysely<Tables>({ dialect, log: ({ query }) => void queries.push(query) })
  try {
    await work(db).catch(() => {})
    const plans: string[] = []
    for (const { sql, parameters } of queries.filter(({ sql }) =>
      /^\s*(select|insert|update|delete|merge|with)/.test(sql),
    )) {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, [...parameters])
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
    }
    return plans
  } finally {
    await db.destroy()
  }
}

/** Tests that an index serves each statement of these functions, and which. */
export function testPlans(plansOf: (work: Work) => Promise<string[]>, hot: readonly [string, Work, RegExp][]): void {
  test.each(hot)('an index serves %s', async (_name, work, expected) => {
    const plans = await plansOf(work)
    expect(plans.length).toBeGreaterThan(0)
    for (const plan of plans) {
      expect(plan).toMatch(expected)
      expect(plan).not.toMatch(/Seq Scan/)
    }
  })
}
