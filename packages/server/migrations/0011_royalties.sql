create table royalty_periods (
  id text collate "C" primary key check (id ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  state text collate "C" not null default 'open' check (state in ('open', 'frozen', 'closed')),
  currency text collate "C" check (currency ~ '^[A-Z]{3}$'),
  pool_micro numeric(38, 0) not null default 0 check (pool_micro >= 0 and pool_micro < 1e38),
  listeners integer not null default 0,
  created_at timestamptz(3) not null default now(),
  closed_at timestamptz(3)
);

create index royalty_periods_shut on royalty_periods (id) where state <> 'open';

comment on table royalty_periods is 'Months of accounts, `2026-10`. They are closed in their order.';
comment on column royalty_periods.state is 'frozen: a run stands, what it was made of does not change; closed: for good.';
comment on column royalty_periods.currency is 'Of all its money: set by the first fee. So far all periods have the same.';
comment on column royalty_periods.pool_micro is 'What the fees of its listeners leave to pay out, in millionths of a minor unit.';
comment on column royalty_periods.listeners is 'How many listeners have a fee in it.';

-- Of statements that change rows with a period (the argument names the column): refuses periods that are shut, and keeps
-- them from being shut until the end of the transaction.
create function royalty_keep_shut() returns trigger language plpgsql as $$
declare
  touched text[];
  found_open integer;
  shut text;
begin
  execute format('select array_agg(distinct %I) from changed', tg_argv[0]) into touched;
  if touched is null then
    return null;
  end if;
  perform from royalty_periods where id = any (touched) order by id for share;
  select min(id) into shut from royalty_periods where id = any (touched) and state = 'closed';
  if shut is not null then
    raise exception 'the period % is closed', shut using errcode = 'RP001';
  end if;
  if tg_argv[1] = 'open' then
    select min(id) into shut from royalty_periods where id = any (touched) and state = 'frozen';
    if shut is not null then
      raise exception 'a run of the period % stands', shut using errcode = 'RP002';
    end if;
  end if;
  select count(*) into found_open from royalty_periods where id = any (touched);
  if found_open < cardinality(touched) then
    raise exception 'there is no such period' using errcode = 'RP003';
  end if;
  return null;
end
$$;

create function royalty_keep_table() returns trigger language plpgsql as $$
begin
  if exists (select from royalty_periods where state <> 'open') then
    raise exception 'periods are shut that are in %', tg_table_name using errcode = 'RP001';
  end if;
  return null;
end
$$;

create function royalty_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'nothing in % is changed or removed', tg_table_name using errcode = 'RP004';
end
$$;

-- Guards a table against changes in shut periods: `mode` is open where a frozen period counts as shut, too.
create function royalty_guard(guarded text, period_column text, mode text) returns void language plpgsql as $$
begin
  execute format('create trigger %1$s_shut_insert after insert on %1$I referencing new table as changed
    for each statement execute function royalty_keep_shut(%2$L, %3$L)', guarded, period_column, mode);
  execute format('create trigger %1$s_shut_update_new after update on %1$I referencing new table as changed
    for each statement execute function royalty_keep_shut(%2$L, %3$L)', guarded, period_column, mode);
  execute format('create trigger %1$s_shut_update_old after update on %1$I referencing old table as changed
    for each statement execute function royalty_keep_shut(%2$L, %3$L)', guarded, period_column, mode);
  execute format('create trigger %1$s_shut_delete after delete on %1$I referencing old table as changed
    for each statement execute function royalty_keep_shut(%2$L, %3$L)', guarded, period_column, mode);
  execute format('create trigger %1$s_shut_truncate before truncate on %1$I
    for each statement execute function royalty_keep_table()', guarded);
end
$$;

create function royalty_guard_period() returns trigger language plpgsql as $$
begin
  if tg_op <> 'INSERT' and old.state = 'closed' then
    raise exception 'the period % is closed', old.id using errcode = 'RP001';
  end if;
  if tg_op = 'DELETE' then
    if old.state <> 'open' then
      raise exception 'a run of the period % stands', old.id using errcode = 'RP002';
    end if;
    return old;
  end if;
  if tg_op = 'UPDATE' and new.id <> old.id then
    raise exception 'a period keeps its month' using errcode = 'RP004';
  end if;
  if tg_op = 'INSERT' and exists (select from royalty_periods where state = 'closed' and id > new.id) then
    raise exception 'the period % is closed', new.id using errcode = 'RP001';
  end if;
  if new.currency is not null and (tg_op = 'INSERT' or new.currency is distinct from old.currency) then
    perform pg_advisory_xact_lock(8270003);
    if exists (select from royalty_periods where currency <> new.currency and id <> new.id) then
      raise exception 'the accounts have another currency than %', new.currency using errcode = 'RP006';
    end if;
  end if;
  return new;
end
$$;

create trigger royalty_periods_shut before insert or update or delete on royalty_periods
  for each row execute function royalty_guard_period();
create trigger royalty_periods_truncate before truncate on royalty_periods
  for each statement execute function royalty_keep_table();

-- What holds from a period on can only be said of periods that are open, and so are all after them.
create function royalty_guard_from() returns trigger language plpgsql as $$
declare
  begins text;
begin
  if tg_op = 'INSERT' then begins := new.from_period;
  elsif tg_op = 'DELETE' then begins := old.from_period;
  else begins := least(old.from_period, new.from_period);
  end if;
  -- Runs and closing wait until the terms are said.
  perform pg_advisory_xact_lock(8270002);
  if exists (select from royalty_periods where state = 'closed' and id >= begins) then
    raise exception 'the period % is closed', begins using errcode = 'RP001';
  end if;
  if exists (select from royalty_periods where state = 'frozen' and id >= begins) then
    raise exception 'a run of the period % stands', begins using errcode = 'RP002';
  end if;
  if tg_op = 'DELETE' then return old; end if;
  return new;
end
$$;

create table labels (
  id text collate "C" primary key,
  kind text collate "C" not null default 'label' check (kind in ('label', 'holder')),
  name text not null,
  name_key text collate "C" not null unique,
  created_at timestamptz(3) not null default now(),
  modified_at timestamptz(3) not null default now()
);

comment on table labels is 'Who is paid: labels, and other holders of rights.';
comment on column labels.name_key is 'The name folded, so that one name is there once.';

create function royalty_keep_key() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if new.key <> old.key or new.id <> old.id then
      raise exception 'what names % does not change', old.id using errcode = 'RP004';
    end if;
    return new;
  end if;
  if tg_table_name <> 'tracks' then
    raise exception '% is not removed', old.id using errcode = 'RP004';
  end if;
  if exists (select from streams where track_key = old.key)
      or exists (select from royalty_run_lines where track_key = old.key) then
    raise exception '% was heard', old.id using errcode = 'RP004';
  end if;
  return old;
end
$$;

create table label_members (
  label_id text collate "C" not null references labels (id),
  user_id text collate "C" not null references users (id),
  added_at timestamptz(3) not null default now(),
  primary key (label_id, user_id)
);

create index label_members_user on label_members (user_id, label_id);

comment on table label_members is 'Users who see the reports and statements of a label.';

create table tracks (
  key integer generated always as identity unique,
  id text collate "C" primary key,
  external_id text collate "C" not null unique,
  title text,
  isrc text collate "C" check (isrc ~ '^[A-Z]{2}[A-Z0-9]{3}[0-9]{7}$'),
  created_at timestamptz(3) not null default now(),
  modified_at timestamptz(3) not null default now()
);

create index tracks_isrc on tracks (isrc) where isrc is not null;

create trigger tracks_keep before update or delete on tracks for each row execute function royalty_keep_key();
create trigger tracks_truncate before truncate on tracks for each statement execute function royalty_keep_table();

comment on column tracks.key is 'What streams and rollups name it by.';
comment on column tracks.title is 'Null where only streams speak of it.';

create table track_rights (
  track_key integer not null references tracks (key),
  from_period text collate "C" not null check (from_period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  label_id text collate "C" not null references labels (id),
  share_ppm integer not null check (share_ppm between 1 and 1000000),
  import_key integer,
  primary key (track_key, from_period, label_id)
);

create index track_rights_label on track_rights (label_id, track_key);

comment on table track_rights is 'Who gets which part of a track from a period on, until the next such period.';
comment on column track_rights.import_key is 'The import that said it; null where it was set by hand.';
comment on column track_rights.share_ppm is 'In millionths. What is missing to 1,000,000 is suspended.';

create trigger track_rights_from before insert or update or delete on track_rights
  for each row execute function royalty_guard_from();
create trigger track_rights_truncate before truncate on track_rights
  for each statement execute function royalty_keep_table();

create table listeners (
  key integer generated always as identity unique,
  id text collate "C" primary key,
  external_id text collate "C" not null unique,
  user_id text collate "C" unique references users (id),
  created_at timestamptz(3) not null default now(),
  modified_at timestamptz(3) not null default now()
);

create trigger listeners_keep before update or delete on listeners for each row execute function royalty_keep_key();
create trigger listeners_truncate before truncate on listeners for each statement execute function royalty_keep_table();

comment on column listeners.key is 'What streams, fees and rollups name them by.';
comment on column listeners.user_id is 'The user who they are, who sees their report.';

create table royalty_origins (
  name text collate "C" not null,
  from_period text collate "C" not null check (from_period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  counts_ppm integer not null check (counts_ppm between 0 and 1000000),
  primary key (name, from_period)
);

comment on table royalty_origins is 'Where fees come from, and which part of them counts from a period on, in millionths.';

insert into royalty_origins (name, from_period, counts_ppm)
values ('app_store', '0001-01', 700000), ('web', '0001-01', 900000);

create trigger royalty_origins_from before insert or update or delete on royalty_origins
  for each row execute function royalty_guard_from();
create trigger royalty_origins_truncate before truncate on royalty_origins
  for each statement execute function royalty_keep_table();

create table royalty_policies (
  from_period text collate "C" primary key check (from_period ~ '^\d{4}-(0[1-9]|1[0-2])$'),
  version integer generated always as identity unique,
  fee_rounding text collate "C" not null check (fee_rounding in ('none', 'perListener')),
  minimum_seconds integer not null check (minimum_seconds between 0 and 86400),
  minimum_payout_minor bigint not null check (minimum_payout_minor >= 0),
  suspicious_seconds integer not null check (suspicious_seconds between 1 and 2678400),
  created_at timestamptz(3) not null default now()
);

comment on table royalty_policies is 'By which rules a period is settled: those of the latest that begins by then.';
comment on column royalty_policies.minimum_seconds is 'A stream shorter than this does not count where streams are counted.';
comment on column royalty_policies.suspicious_seconds is 'More seconds than this in one day are flagged.';

insert into royalty_policies (from_period, fee_rounding, minimum_seconds, minimum_payout_minor, suspicious_seconds)
values ('0001-01', 'none', 30, 0, 86400);

create trigger royalty_policies_from before insert or update or delete on royalty_policies
  for each row execute function royalty_guard_from();
create trigger royalty_policies_truncate before truncate on royalty_policies
  for each statement execute function royalty_keep_table();

create table import_sources (
  id text collate "C" primary key,
  name text not null,
  kind text collate "C" not null check (kind in ('streams', 'listeners', 'tracks')),
  url text not null,
  format jsonb not null default '{}',
  every_minutes integer not null check (every_minutes between 5 and 44640),
  paused boolean not null default false,
  next_at timestamptz(3) not null default now(),
  holder text collate "C",
  held_until timestamptz(3),
  failures integer not null default 0,
  last_at timestamptz(3),
  last_code text collate "C",
  last_message text,
  last_import_id text collate "C",
  etag text,
  created_at timestamptz(3) not null default now(),
  modified_at timestamptz(3) not null default now()
);

create index import_sources_due on import_sources (next_at) where not paused;

comment on table import_sources is 'Addresses that files are fetched from now and then.';
comment on column import_sources.last_code is 'How the last try ended: imported, unchanged, or why it failed.';

create table imports (
  key integer generated always as identity unique,
  id text collate "C" primary key,
  kind text collate "C" not null check (kind in ('streams', 'listeners', 'tracks')),
  state text collate "C" not null default 'waiting'
    check (state in ('waiting', 'running', 'done', 'failed', 'duplicate')),
  file_name text not null,
  upload_id text collate "C" references uploads (id),
  source_id text collate "C" references import_sources (id) on delete set null,
  format jsonb not null default '{}',
  digest bytea,
  duplicate_of text collate "C" references imports (id),
  code text collate "C",
  problem text,
  bytes bigint not null default 0,
  bytes_done bigint not null default 0,
  lines_done integer not null default 0,
  rows_read integer not null default 0,
  rows_accepted integer not null default 0,
  rows_quarantined integer not null default 0,
  rows_flagged integer not null default 0,
  loaded_at timestamptz(3),
  holder text collate "C",
  held_until timestamptz(3),
  created_at timestamptz(3) not null default now(),
  started_at timestamptz(3),
  finished_at timestamptz(3),
  check (rows_read = rows_accepted + rows_quarantined)
);

create unique index imports_digest on imports (digest) where state in ('running', 'done');
create index imports_created on imports (created_at desc, id desc);
create index imports_unfinished on imports (id) where state in ('waiting', 'running');
create index imports_upload on imports (upload_id) where upload_id is not null;
create index imports_source on imports (source_id, id) where source_id is not null;

-- Streams are traced to the file and the line that they came from.
create function royalty_keep_import() returns trigger language plpgsql as $$
begin
  if old.state <> 'done' then
    if tg_op = 'DELETE' then return old; end if;
    return new;
  end if;
  if tg_op = 'DELETE' or (new.key, new.id, new.kind, new.state, new.file_name, new.digest)
      is distinct from (old.key, old.id, old.kind, old.state, old.file_name, old.digest) then
    raise exception 'the import % is done', old.id using errcode = 'RP004';
  end if;
  return new;
end
$$;

create trigger imports_keep before update or delete on imports for each row execute function royalty_keep_import();
create trigger imports_truncate before truncate on imports for each statement execute function royalty_keep_table();

comment on table imports is 'Files of streams, listeners and tracks.';
comment on column imports.key is 'What streams name it by.';
comment on column imports.format is 'How the file is to be read: what was asked for, then what was found.';
comment on column imports.digest is 'Of the bytes and of what was asked for: the same again has no effect.';
comment on column imports.code is 'Why the file as a whole was not taken.';
comment on column imports.bytes_done is 'Where to go on after a crash: all before it is committed.';
comment on column imports.loaded_at is 'When its rows were in; then they are added to the totals, and it is done.';

create table import_problems (
  import_id text collate "C" not null references imports (id),
  line integer not null,
  code text collate "C" not null,
  message text not null,
  raw text not null,
  resolution text collate "C" check (resolution in ('accepted', 'late', 'discarded')),
  resolved_at timestamptz(3),
  primary key (import_id, line)
);

create index import_problems_open on import_problems (import_id, line) where resolution is null;

create trigger import_problems_truncate before truncate on import_problems
  for each statement execute function royalty_keep_table();

comment on table import_problems is 'Rows that were not taken, as they came.';
comment on column import_problems.line is 'Line of the file, or number of the entry where it is JSON; from 1.';

create table listener_fees (
  period text collate "C" not null,
  listener_key integer not null references listeners (key),
  booked text collate "C" not null,
  plan text not null default '',
  gross_minor bigint not null check (gross_minor between 0 and 1000000000),
  origin text collate "C" not null,
  import_key integer,
  line integer,
  primary key (period, listener_key)
);

create index listener_fees_listener on listener_fees (listener_key, period);
create index listener_fees_late on listener_fees (booked, period) where booked <> period;

comment on table listener_fees is 'What each listener paid for a period.';
comment on column listener_fees.booked is 'The period it is accounted in: a later one where its own was closed.';

select royalty_guard('listener_fees', 'booked', 'open');

create table streams (
  id bigint generated always as identity,
  period text collate "C" not null,
  booked text collate "C" not null,
  listener_key integer not null,
  track_key integer not null,
  played_on date not null,
  seconds integer not null check (seconds between 0 and 2678400),
  region text collate "C" not null default '',
  import_key integer not null default 0,
  line integer not null default 0,
  flagged boolean not null default false,
  primary key (period, listener_key, id)
);

create index streams_id on streams (id);
create index streams_track on streams (track_key, period, id);
create index streams_import on streams (import_key, line);
create index streams_flagged on streams (period, listener_key, id) where flagged;
create index streams_late on streams (booked, period) where booked <> period;

comment on table streams is 'What was heard: many rows. Listeners and tracks are named by their keys.';
comment on column streams.booked is 'The period it is accounted in: a later one where its own was closed.';
comment on column streams.import_key is 'The import it came with; 0 where it was entered by hand. It counts once that import is done.';
comment on column streams.flagged is 'More seconds than a day should have.';

select royalty_guard('streams', 'booked', 'open');

create table stream_changes (
  id bigint generated always as identity primary key,
  stream_id bigint not null,
  kind text collate "C" not null check (kind in ('created', 'updated', 'removed')),
  before jsonb,
  after jsonb,
  reason text not null default '',
  changed_by text not null,
  changed_at timestamptz(3) not null default now()
);

create index stream_changes_stream on stream_changes (stream_id, id);

comment on table stream_changes is 'Each change of a single stream.';
comment on column stream_changes.changed_by is 'Id of the user, or name of the service.';

create trigger stream_changes_keep before update or delete on stream_changes
  for each row execute function royalty_append_only();
create trigger stream_changes_truncate before truncate on stream_changes
  for each statement execute function royalty_append_only();

create table royalty_totals (
  period text collate "C" not null,
  model text collate "C" not null,
  payee text collate "C" not null,
  seconds bigint not null,
  streams bigint not null,
  listeners bigint not null,
  weight numeric(38, 0) not null check (weight >= 0 and weight < 1e38),
  primary key (period, model, payee)
);

comment on table royalty_totals is 'What reports read: for each model and who is paid, what all listeners together come to.';
comment on column royalty_totals.payee is 'A label''s id, or why nobody is paid: unassigned, unheard.';
comment on column royalty_totals.weight is 'The part of the pool is in proportion to it: millionths of what the model counts.';

select royalty_guard('royalty_totals', 'period', 'open');

create table ledger_accounts (
  id text collate "C" primary key,
  kind text collate "C" not null check (kind in ('subscriptions', 'payable', 'suspense', 'payments', 'adjustments')),
  label_id text collate "C" references labels (id),
  currency text collate "C" not null check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz(3) not null default now(),
  check ((kind = 'payable') = (label_id is not null)),
  unique nulls not distinct (kind, label_id, currency)
);

comment on table ledger_accounts is 'One currency each.';

create table ledger_transactions (
  id text collate "C" primary key,
  idempotency_key text collate "C" not null unique,
  kind text collate "C" not null check (kind in ('run', 'reversal', 'adjustment', 'payment')),
  period text collate "C" not null,
  memo text not null,
  reverses text collate "C" unique references ledger_transactions (id),
  occurred_at timestamptz(3) not null,
  posted_at timestamptz(3) not null default now()
);

create index ledger_transactions_period on ledger_transactions (period, id);

comment on column ledger_transactions.period is 'The period it is accounted in.';

create table ledger_entries (
  id bigint generated always as identity primary key,
  transaction_id text collate "C" not null references ledger_transactions (id),
  account_id text collate "C" not null references ledger_accounts (id),
  period text collate "C" not null,
  amount_minor bigint not null check (amount_minor <> 0),
  posted_at timestamptz(3) not null default now()
);

create index ledger_entries_account on ledger_entries (account_id, id) include (amount_minor, posted_at);
create index ledger_entries_transaction on ledger_entries (transaction_id);
create index ledger_entries_period on ledger_entries (account_id, period) include (amount_minor);

comment on column ledger_entries.amount_minor is 'Debits above zero, credits below it. Each transaction comes to zero.';

-- Entries come with their transaction, all in one statement: they come to zero, in one currency, and no others follow.
create function ledger_balanced() returns trigger language plpgsql as $$
declare
  wrong text;
begin
  select min(c.transaction_id) into wrong from changed c join ledger_transactions t on t.id = c.transaction_id
    where t.xmin::text <> (pg_current_xact_id()::text::bigint % 4294967296)::text or t.period <> c.period;
  if wrong is not null then
    raise exception 'the transaction % takes no further entries', wrong using errcode = 'RP004';
  end if;
  select e.transaction_id into wrong from ledger_entries e join ledger_accounts a on a.id = e.account_id
    where e.transaction_id in (select transaction_id from changed)
    group by e.transaction_id having sum(e.amount_minor) <> 0 or count(distinct a.currency) > 1 limit 1;
  if wrong is not null then
    raise exception 'the transaction % does not come to zero in one currency', wrong using errcode = 'RP005';
  end if;
  return null;
end
$$;

create trigger ledger_entries_balanced after insert on ledger_entries referencing new table as changed
  for each statement execute function ledger_balanced();

select royalty_guard('ledger_transactions', 'period', 'unless closed');
create trigger ledger_transactions_keep before update or delete on ledger_transactions
  for each row execute function royalty_append_only();
create trigger ledger_entries_keep before update or delete on ledger_entries
  for each row execute function royalty_append_only();
create trigger ledger_entries_truncate before truncate on ledger_entries
  for each statement execute function royalty_append_only();
create trigger ledger_accounts_keep before update or delete on ledger_accounts
  for each row execute function royalty_append_only();
create trigger ledger_accounts_truncate before truncate on ledger_accounts
  for each statement execute function royalty_append_only();

create table royalty_runs (
  id text collate "C" primary key,
  period text collate "C" not null references royalty_periods (id),
  model text collate "C" not null,
  digest bytea not null,
  policy jsonb not null,
  currency text collate "C" not null,
  pool_micro numeric(38, 0) not null check (pool_micro >= 0 and pool_micro < 1e38),
  pool_minor bigint not null check (pool_minor >= 0),
  payouts_minor bigint not null check (payouts_minor >= 0),
  suspense_minor bigint not null check (suspense_minor >= 0),
  listeners integer not null,
  streams bigint not null,
  seconds bigint not null,
  transaction_id text collate "C" references ledger_transactions (id),
  reversal_id text collate "C" references ledger_transactions (id),
  created_at timestamptz(3) not null default now(),
  reversed_at timestamptz(3),
  check (payouts_minor + suspense_minor = pool_minor)
);

create unique index royalty_runs_standing on royalty_runs (period) where reversed_at is null;
create index royalty_runs_created on royalty_runs (created_at desc, id desc);
create index royalty_runs_period on royalty_runs (period, id);

comment on table royalty_runs is 'Settlements of a period; at most one of each stands.';
comment on column royalty_runs.digest is 'Of all that it was made of, and of what it came to.';
comment on column royalty_runs.policy is 'The rules that it went by.';
comment on column royalty_runs.transaction_id is 'Null where there was nothing to post.';

select royalty_guard('royalty_runs', 'period', 'unless closed');

create table royalty_run_payees (
  run_id text collate "C" not null references royalty_runs (id),
  period text collate "C" not null,
  payee text collate "C" not null,
  seconds bigint not null,
  streams bigint not null,
  listeners bigint not null,
  weight numeric(38, 0) not null check (weight >= 0 and weight < 1e38),
  amount_minor bigint not null check (amount_minor >= 0),
  primary key (run_id, payee)
);

comment on column royalty_run_payees.payee is 'A label''s id, or why nobody is paid: unassigned, unheard.';

create table royalty_run_lines (
  run_id text collate "C" not null references royalty_runs (id),
  period text collate "C" not null,
  payee text collate "C" not null,
  track_key integer not null,
  seconds bigint not null,
  streams bigint not null,
  share_ppm integer not null check (share_ppm between 0 and 1000000),
  weight numeric(38, 0) not null check (weight >= 0 and weight < 1e38),
  amount_minor bigint not null check (amount_minor >= 0),
  primary key (run_id, payee, track_key)
);

create index royalty_run_lines_track on royalty_run_lines (track_key, run_id);

comment on table royalty_run_lines is 'The part of each track in what a payee gets; track 0 where it is none.';

select royalty_guard('royalty_run_payees', 'period', 'open');
select royalty_guard('royalty_run_lines', 'period', 'open');

create table royalty_adjustments (
  id text collate "C" primary key,
  period text collate "C" not null references royalty_periods (id),
  for_period text collate "C",
  kind text collate "C" not null check (kind in ('manual', 'late', 'suspense')),
  payee text collate "C" not null,
  track_key integer,
  amount_minor bigint not null check (amount_minor <> 0),
  reason text not null,
  run_id text collate "C" references royalty_runs (id),
  transaction_id text collate "C" not null references ledger_transactions (id),
  created_at timestamptz(3) not null default now()
);

create index royalty_adjustments_period on royalty_adjustments (period, id);
create index royalty_adjustments_payee on royalty_adjustments (payee, period, id);
create index royalty_adjustments_run on royalty_adjustments (run_id) where run_id is not null;
create index royalty_adjustments_for on royalty_adjustments (for_period, payee) where for_period is not null;
create index royalty_adjustments_track on royalty_adjustments (track_key, for_period) where track_key is not null;

comment on table royalty_adjustments is 'What is paid or taken back besides a period''s own earnings.';
comment on column royalty_adjustments.for_period is 'The closed period that it corrects.';

select royalty_guard('royalty_adjustments', 'period', 'unless closed');

create table royalty_statements (
  period text collate "C" not null references royalty_periods (id),
  label_id text collate "C" not null references labels (id),
  run_id text collate "C" not null references royalty_runs (id),
  currency text collate "C" not null,
  opening_minor bigint not null,
  earnings_minor bigint not null,
  adjustments_minor bigint not null,
  payments_minor bigint not null,
  closing_minor bigint not null,
  minimum_payout_minor bigint not null,
  payable_minor bigint not null check (payable_minor >= 0),
  created_at timestamptz(3) not null default now(),
  primary key (period, label_id),
  check (closing_minor = opening_minor + earnings_minor + adjustments_minor - payments_minor)
);

create index royalty_statements_label on royalty_statements (label_id, period);

comment on table royalty_statements is 'Made when a period is closed.';
comment on column royalty_statements.payable_minor is 'What is to be paid now: 0 where the balance is carried forward.';

select royalty_guard('royalty_statements', 'period', 'unless closed');

create table royalty_payments (
  id text collate "C" primary key,
  period text collate "C" not null,
  label_id text collate "C" not null,
  booked text collate "C" not null references royalty_periods (id),
  amount_minor bigint not null check (amount_minor > 0),
  reference text not null,
  paid_at timestamptz(3) not null,
  transaction_id text collate "C" not null unique references ledger_transactions (id),
  created_at timestamptz(3) not null default now(),
  unique (period, label_id),
  foreign key (period, label_id) references royalty_statements (period, label_id)
);

create index royalty_payments_label on royalty_payments (label_id, booked);

create trigger royalty_payments_shut after insert on royalty_payments referencing new table as changed
  for each statement execute function royalty_keep_shut('booked', 'unless closed');

comment on table royalty_payments is 'Payments of statements; booked in a period after theirs.';

create trigger royalty_payments_keep before update or delete on royalty_payments
  for each row execute function royalty_append_only();
create trigger royalty_payments_truncate before truncate on royalty_payments
  for each statement execute function royalty_append_only();
