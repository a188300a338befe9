import { newId } from '../../src/ids.ts'
import { openHouse } from './house.ts'

export const [labelId, trackId, listenerId, memberId] = [
  ...[newId('label'), newId('track'), newId('listener'), newId('user')],
] as const
export const [importId, period, runId] = [newId('import'), '2026-10', newId('run')]

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
  insert into import_problems (import_id, line, code, message, raw, resolution)
    select i.id, n, case n % 50 when 1 then 'ID_MISSING' else 'UNKNOWN_LISTENER' end, 'x', 'x', case when n % 10 > 1 then 'accepted' end
    from (select id from imports where length(id) < 8 or id = '${importId}') i, generate_series(1, 500) n;
  insert into streams (period, booked, listener_key, track_key, played_on, seconds, import_key, line)
    select p.id, case when n % 1000 = 7 and p.id < '2026-11' then '2026-11' else p.id end, 1 + n * 7 % 4000, 1 + n * 13 % 5000,
      (p.id || '-05')::date, n % 400, 2 + n % 1990, n
    from royalty_periods p, generate_series(1, 20000) n where p.id > '2026-07';
  update streams set flagged = true where line % 997 = 0;
  insert into stream_changes (stream_id, kind, changed_by) select id, 'created', 'x' from streams where line % 7 = 0;
  insert into royalty_totals (period, model, payee, seconds, streams, listeners, weight)
    select p.id, m, l.id, 100, 10, 5, 1000000 from royalty_periods p, (select id from labels limit 500) l,
      unnest(array['pro-rata-seconds', 'pro-rata-streams', 'user-centric-seconds']) m;
  insert into ledger_accounts (id, kind, label_id, currency) select 'acc_' || id, 'payable', id, 'EUR' from labels;
  with made as (
    insert into ledger_transactions (id, idempotency_key, kind, period, memo, occurred_at)
      select 'ltx_' || n || p.id, n || p.id, 'run', p.id, 'x', now() from royalty_periods p, generate_series(1, 30) n returning id, period
  )
  insert into ledger_entries (transaction_id, account_id, period, amount_minor)
    select m.id, a.id, m.period, sign from made m join (select id, row_number() over () as n from ledger_accounts) a
      on a.n % 500 = length(m.id) % 500 cross join unnest(array[1, -1]) sign;
  insert into royalty_runs (id, period, model, digest, policy, currency, pool_micro, pool_minor, payouts_minor, suspense_minor,
      listeners, streams, seconds, reversed_at)
    select case when p.id = '${period}' and n = 1 then '${runId}' else 'run_' || p.id || n end, p.id, 'pro-rata-seconds', 'x', '{}',
      'EUR', 0, 0, 0, 0, 0, 0, 0, case when n > 1 then now() end from royalty_periods p, generate_series(1, 20) n;
  insert into royalty_run_payees (run_id, period, payee, seconds, streams, listeners, weight, amount_minor)
    select r.id, r.period, l.id, 1, 1, 1, 1, 1 from royalty_runs r, (select id from labels limit 50) l;
  insert into royalty_run_lines (run_id, period, payee, track_key, seconds, streams, share_ppm, weight, amount_minor)
    select r.id, r.period, l.payee, t.key, 1, 1, 1000000, 1, 1 from royalty_runs r, tracks t,
      ((select id as payee from labels limit 5) union all select 'unassigned') l where t.key % 100 = 1;
  insert into royalty_adjustments (id, period, for_period, kind, payee, track_key, amount_minor, reason, transaction_id)
    select 'adj_' || l.id || p.id, p.id, p.id, 'suspense', l.id, 1 + length(l.id) * 7 % 5000, 1, 'x', 'ltx_1' || p.id
    from royalty_periods p, (select id from labels limit 400) l;
  insert into royalty_statements (period, label_id, run_id, currency, opening_minor, earnings_minor, adjustments_minor, payments_minor,
      closing_minor, minimum_payout_minor, payable_minor)
    select p.id, l.id, 'run_' || p.id || '2', 'EUR', 0, 1, 0, 0, 1, 0, 1 from royalty_periods p, (select id from labels limit 500) l;
  insert into ledger_transactions (id, idempotency_key, kind, period, memo, occurred_at)
    select 'ltx_' || period || label_id, period || label_id, 'payment', '2026-11', 'x', now() from royalty_statements;
  insert into royalty_payments (id, period, label_id, booked, amount_minor, reference, paid_at, transaction_id)
    select 'pay_' || period || label_id, period, label_id, '2026-11', 1, 'x', now(), 'ltx_' || period || label_id from royalty_statements;
  analyze`

/** A database of months of royalties. */
export const openAccounts = () => openHouse(seed)
