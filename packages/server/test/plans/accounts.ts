import { newId } from '../../src/ids.ts'
import { openHouse } from './house.ts'

export const [labelId, trackId, listenerId, memberId] = [
  ...[newId('label'), newId('track'), newId('listener'), newId('user')],
] as const
export const [importId, period] = [newId('import'), '2026-10']

/** Royalties: 2,000 labels, 5,000 tracks, 4,000 listeners, 2,000 imports, 80,000 streams of four months, totals of three years. */
const seed = `
  insert into users (id, email, email_key, user_name, user_name_key)
    select case n when 1 then '${memberId}' else 'usr_' || n end, n || '@x', n || '@x', 'u' || n, 'u' || n
    from generate_series(1, 2000) n;
  insert into labels (id, name, name_key)
    select case n when 1 then '${labelId}' else 'lbl_' || n end, 'l' || n, 'l' || n from generate_series(1, 2000) n;
  insert into label_members (label_id, user_id)
    select l.id, u.id from (select id, row_number() over () as n from labels) l
    join (select id, row_number() over () as n from users) u on (u.n + l.n) % 500 = 2;
  insert into tracks (id, external_id, isrc)
    select case n when 1 then '${trackId}' else 'trk_' || n end, n, case when n % 3 = 0 then 'NLA00' || lpad(n::text, 7, '0') end
    from generate_series(1, 5000) n;
  insert into track_rights (track_key, from_period, label_id, share_ppm)
    select t.key, f.month, l.id, 500000 from tracks t
    join (select id, row_number() over () as n from labels) l on (l.n + t.key) % 1000 = 2
    cross join (values ('0001-01'), ('2026-09')) f (month) where f.month < '2026' or t.key % 2 = 0;
  insert into listeners (id, external_id, user_id)
    select case n when 1 then '${listenerId}' else 'lsn_' || n end, n,
      case when n = 1 then '${memberId}' when n between 2 and 1000 then 'usr_' || n end from generate_series(1, 4000) n;
  insert into royalty_periods (id, currency)
    select to_char(month, 'YYYY-MM'), 'EUR' from generate_series('2024-01-01'::timestamp, '2026-11-01', '1 month') month;
  insert into listener_fees (period, listener_key, booked, gross_minor, origin)
    select p.id, l.key, p.id, 999, 'web' from royalty_periods p, listeners l where p.id > '2026-07';
  insert into imports (id, kind, state, file_name, created_at)
    select case n when 2 then '${importId}' else 'imp_' || n end, 'streams', case n when 1 then 'running' else 'done' end, 'x',
      now() - n * interval '1 hour' from generate_series(1, 2000) n;
  insert into streams (period, booked, listener_key, track_key, played_on, seconds, import_key, line)
    select p.id, case when n % 1000 = 7 and p.id < '2026-11' then '2026-11' else p.id end, 1 + n * 7 % 4000, 1 + n * 13 % 5000,
      (p.id || '-05')::date, n % 400, 2 + n % 1990, n
    from royalty_periods p, generate_series(1, 20000) n where p.id > '2026-07';
  update streams set flagged = true where line % 997 = 0;
  insert into stream_changes (stream_id, kind, changed_by) select id, 'created', 'x' from streams where line % 7 = 0;
  insert into royalty_totals (period, model, payee, seconds, streams, listeners, weight)
    select p.id, m, l.id, 100, 10, 5, 1000000 from royalty_periods p, (select id from labels limit 500) l,
      unnest(array['pro-rata-seconds', 'pro-rata-streams', 'user-centric-seconds']) m;
  analyze`

/** A database of months of royalties. */
export const openAccounts = () => openHouse(seed)
