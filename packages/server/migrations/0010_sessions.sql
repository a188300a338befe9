create table provider_connections (
  id text collate "C" primary key,
  provider text collate "C" not null,
  name text not null,
  settings jsonb not null,
  secrets bytea,
  default_passcode bytea,
  token bytea,
  token_until timestamptz(3),
  token_claimed_until timestamptz(3),
  state text collate "C" not null default 'ok' check (state in ('ok', 'broken')),
  problem text,
  details jsonb not null default '{}',
  checked_at timestamptz(3),
  created_by text collate "C" not null references users (id),
  created_at timestamptz(3) not null default now(),
  modified_at timestamptz(3) not null default now(),
  removed_at timestamptz(3)
);

create index provider_connections_present on provider_connections (id) where removed_at is null;
create index provider_connections_creator on provider_connections (created_by);

comment on table provider_connections is 'Accounts at providers of meetings.';
comment on column provider_connections.settings is 'What names the account; no secrets.';
comment on column provider_connections.secrets is 'Encrypted: what opens the account. Null once it is removed.';
comment on column provider_connections.token is 'Encrypted: the access token in use, one for all servers.';
comment on column provider_connections.token_claimed_until is 'Until then one server asks for another token.';
comment on column provider_connections.details is 'What the last check found.';

create table provider_sources (
  id text collate "C" primary key,
  provider text collate "C" not null,
  holder text collate "C",
  held_until timestamptz(3),
  asked_at timestamptz(3),
  answered_at timestamptz(3),
  swept_at timestamptz(3),
  paused_until timestamptz(3),
  heard_at timestamptz(3),
  problem text,
  problem_since timestamptz(3)
);

comment on table provider_sources is 'Where sessions are heard of: an account, or a provider that needs none. One server at a time asks each.';
comment on column provider_sources.id is 'Of the connection; of a provider without connections, its own.';
comment on column provider_sources.asked_at is 'When it was last asked for anything; answered_at, when the last question was put that it answered.';
comment on column provider_sources.swept_at is 'When the last complete list of its sessions was asked for.';
comment on column provider_sources.heard_at is 'When it last told something by itself.';

create table provider_calls (
  source text collate "C" not null,
  day timestamptz(3) not null,
  category text collate "C" not null,
  calls integer not null,
  primary key (source, day, category)
);

comment on table provider_calls is 'How many calls each source took, by day of UTC and the provider''s own category.';

create table provider_inbox (
  id bigint generated always as identity primary key,
  source text collate "C" not null,
  dedupe_key bytea not null,
  headers jsonb not null,
  body bytea not null,
  received_at timestamptz(3) not null default now(),
  folded_at timestamptz(3),
  tries integer not null default 0,
  retry_at timestamptz(3),
  problem text,
  unique (source, dedupe_key)
);

create index provider_inbox_waiting on provider_inbox (id) where folded_at is null;
create index provider_inbox_received on provider_inbox (received_at);

comment on table provider_inbox is 'What providers told, as it came.';

create table meeting_rooms (
  id text collate "C" primary key,
  source text collate "C" not null,
  provider text collate "C" not null,
  external_id text collate "C" not null,
  meeting_id text collate "C" references meetings (id),
  title text not null default '',
  host_name text,
  host_email text collate "C",
  join_url text,
  passcode bytea,
  known_at timestamptz(3) not null default now(),
  told_at timestamptz(3),
  live_at timestamptz(3),
  gone_at timestamptz(3),
  unique (source, external_id)
);

create index meeting_rooms_meeting on meeting_rooms (meeting_id) where meeting_id is not null;
create index meeting_rooms_host on meeting_rooms (host_email, id) where host_email is not null;
create index meeting_rooms_present on meeting_rooms (id) where gone_at is null;

comment on table meeting_rooms is 'Rooms at providers: those of our meetings, and those that became known by being used.';
comment on column meeting_rooms.host_email is 'In normalised form.';
comment on column meeting_rooms.passcode is 'Encrypted: of a room that no meeting of ours has.';
comment on column meeting_rooms.told_at is 'As of when the provider told of it.';
comment on column meeting_rooms.live_at is 'When somebody was in it last.';

alter table meetings add column connection_id text collate "C" references provider_connections (id);

create index meetings_connection on meetings (connection_id) where connection_id is not null;
create index meetings_external on meetings (external_id) where external_id is not null;

create table sessions (
  id text collate "C" primary key,
  room_id text collate "C" not null references meeting_rooms (id),
  source text collate "C" not null,
  session_key text collate "C" not null,
  original_at timestamptz(3),
  started_at timestamptz(3) not null,
  started_told boolean not null default false,
  ended_at timestamptz(3),
  ended_told boolean not null default false,
  observed_at timestamptz(3) not null,
  observed_by text collate "C" not null check (observed_by in ('webhook', 'snapshot', 'presence')),
  missing_since timestamptz(3),
  unnamed_count integer,
  locked boolean not null default false,
  end_state text collate "C" check (end_state in ('requested', 'accepted', 'timedOut')),
  end_requested_at timestamptz(3),
  end_requested_by text collate "C" references users (id),
  end_problem text,
  created_at timestamptz(3) not null default now(),
  unique (source, session_key)
);

create index sessions_open on sessions (id) where ended_at is null;
create index sessions_open_source on sessions (source) where ended_at is null;
create index sessions_room on sessions (room_id, started_at, id);
create index sessions_ender on sessions (end_requested_by) where end_requested_by is not null;
create index sessions_ended on sessions (ended_at) where ended_at is not null;

comment on table sessions is 'Each time that a room was in use, told by its provider: what is known is folded from session_facts and snapshots.';
comment on column sessions.original_at is 'Which time of the meeting it was, where that is known.';
comment on column sessions.started_told is 'Whether the provider told the start; else it is the earliest that is known.';
comment on column sessions.ended_told is 'Whether the provider told the end, which is final; else it was missed in two snapshots.';
comment on column sessions.observed_at is 'When it was last proven to run, by the clock of this database.';
comment on column sessions.unnamed_count is 'How many are in it besides those in session_stays; null where nobody tells.';
comment on column sessions.missing_since is 'As of when the first of the last complete lists did not have it.';

create table session_people (
  session_id text collate "C" not null references sessions (id) on delete cascade,
  key text collate "C" not null,
  name text not null default '',
  user_id text collate "C" references users (id),
  missing_since timestamptz(3),
  seen_at timestamptz(3),
  banned boolean not null default false,
  kicked_at timestamptz(3),
  primary key (session_id, key)
);

create index session_people_user on session_people (user_id, session_id) where user_id is not null;
create index session_people_seen on session_people (seen_at) where seen_at is not null;

comment on column session_people.key is 'What the provider tells one stay, or one person, from another by.';
comment on column session_people.seen_at is 'In the built-in room: when their browser last said that they are there; null once they left.';
comment on column session_people.kicked_at is 'In the built-in room: when they were sent out, unless they came again.';

create table session_facts (
  session_id text collate "C" not null,
  key text collate "C" not null,
  kind text collate "C" not null check (kind in ('joined', 'left')),
  at timestamptz(3) not null,
  told boolean not null,
  primary key (session_id, key, kind, at, told),
  foreign key (session_id, key) references session_people (session_id, key) on delete cascade
);

comment on table session_facts is 'What is known of comings and goings, each once, in whatever order it came.';
comment on column session_facts.told is 'Told by the provider; else concluded from who is on its lists.';

create table session_stays (
  session_id text collate "C" not null,
  key text collate "C" not null,
  joined_at timestamptz(3) not null,
  left_at timestamptz(3),
  primary key (session_id, key, joined_at),
  foreign key (session_id, key) references session_people (session_id, key) on delete cascade
);

create index session_stays_open on session_stays (session_id) where left_at is null;

comment on table session_stays is 'Who was there from when to when: what the facts come to.';

alter table uploads add column growing boolean not null default false;
alter table uploads add column received_at timestamptz(3);

create index uploads_growing on uploads (received_at) where growing;

comment on column uploads.growing is 'Its size is not known yet: size_bytes is the most that it may have.';
