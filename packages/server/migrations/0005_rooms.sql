alter table rooms
  add column topic text not null default '',
  add column access text collate "C" not null default 'closed' check (access in ('closed', 'open')),
  add column history text collate "C" not null default 'shared' check (history in ('shared', 'joined')),
  add column retention_days integer check (retention_days between 1 and 3650),
  add column min_seq bigint not null default 0,
  add column departed_seq bigint not null default 0,
  add column shared_until bigint not null default 0,
  add column archived_at timestamptz(3),
  add column removed_at timestamptz(3);

update rooms set shared_until = last_seq;

create index rooms_open on rooms (last_event_at desc, id desc) where access = 'open' and removed_at is null;
create index rooms_retention on rooms (id) where retention_days is not null;

comment on column rooms.access is 'Who may join: `closed`, whom an administrator adds; `open`, everybody.';
comment on column rooms.history is 'What is sent is seen by: `shared`, who joins later, too; `joined`, who is in the room then.';
comment on column rooms.min_seq is 'Everything up to this number was purged.';
comment on column rooms.shared_until is 'Nothing above this number is for those who came later.';
comment on column rooms.departed_seq is 'The number under which somebody last left or was removed.';

alter table room_members
  add column delivered_seq bigint not null default 0,
  add column read_seq bigint not null default 0,
  add column private_read_seq bigint not null default 0;

comment on column room_members.read_seq is 'How far the member has read, as others see it.';
comment on column room_members.private_read_seq is 'How far the member has read without telling the others.';

-- Who was in a room between which numbers; the open interval is that of a member.
create table memberships (
  room_id text collate "C" not null references rooms (id),
  user_id text collate "C" not null references users (id),
  from_seq bigint not null,
  to_seq bigint,
  left_at timestamptz(3),
  primary key (room_id, user_id, from_seq)
);

create index memberships_user on memberships (user_id, room_id);

comment on column memberships.from_seq is 'The member sees what has a higher number.';
comment on column memberships.left_at is 'When that was: what was edited later is shown to them as it was then.';
comment on column memberships.to_seq is 'The last number the member saw, that of leaving; null for who is in the room.';

insert into memberships (room_id, user_id, from_seq) select room_id, user_id, 0 from room_members;

create table room_bans (
  room_id text collate "C" not null references rooms (id),
  user_id text collate "C" not null references users (id),
  banned_by text collate "C" not null references users (id),
  banned_at timestamptz(3) not null default now(),
  primary key (room_id, user_id)
);

create index room_bans_user on room_bans (user_id);

alter table room_events
  add column target bigint,
  add column subject_id text collate "C" references users (id),
  add column detail text,
  add column shared boolean not null default true;

create index room_events_xid on room_events (xid);
create index room_events_subject on room_events (subject_id) where subject_id is not null;

comment on column room_events.target is 'The number of the message that it is about.';
comment on column room_events.subject_id is 'The user that it is about.';
comment on column room_events.detail is 'An emoji, a role or a number.';
comment on column room_events.shared is 'The room''s history as of then: seen by those who join later, too.';

-- What search goes by: letters and numbers in one form, whatever stands between them.
create function searchable(body text) returns text language sql immutable parallel safe
  return regexp_replace(normalize(body, nfkc), '[!-/:-@\[-`{-~]+', ' ', 'g');

alter table messages
  add column shared boolean not null default true,
  add column version integer not null default 1,
  add column edited_at timestamptz(3),
  add column deleted_at timestamptz(3),
  add column deleted_by text collate "C" references users (id),
  add column reply_to bigint,
  add column mentions text[] not null default '{}',
  add column client_sent_at timestamptz(3),
  add column words tsvector generated always as (to_tsvector('simple', searchable(body))) stored;

create index messages_words on messages using gin (words);
create index messages_mentions on messages using gin (mentions) where mentions <> '{}';

comment on column messages.body is 'Empty once the message is deleted.';
comment on column messages.client_sent_at is 'When the sender''s program says that it was sent.';

create table message_versions (
  room_id text collate "C" not null,
  seq bigint not null,
  version integer not null,
  body text not null,
  written_at timestamptz(3) not null,
  primary key (room_id, seq, version),
  foreign key (room_id, seq) references messages (room_id, seq) on delete cascade
);

comment on table message_versions is 'What messages said before they were edited.';

create table reactions (
  room_id text collate "C" not null,
  seq bigint not null,
  emoji text collate "C" not null,
  user_id text collate "C" not null references users (id),
  at timestamptz(3) not null default now(),
  primary key (room_id, seq, emoji, user_id),
  foreign key (room_id, seq) references messages (room_id, seq) on delete cascade
);

create index reactions_user on reactions (user_id);

create table receipt_log (
  room_id text collate "C" not null references rooms (id),
  user_id text collate "C" not null references users (id),
  kind text collate "C" not null check (kind in ('delivered', 'read')),
  upto_seq bigint not null,
  at timestamptz(3) not null default now(),
  primary key (room_id, user_id, kind, upto_seq)
);

create index receipt_log_user on receipt_log (user_id);

comment on table receipt_log is 'When a mark advanced: the first row with upto_seq >= seq has the time for that message.';

create table reports (
  id bigint generated always as identity primary key,
  room_id text collate "C" not null references rooms (id),
  seq bigint not null,
  reporter_id text collate "C" not null references users (id),
  reason text not null,
  at timestamptz(3) not null default now(),
  unique (room_id, seq, reporter_id)
);

create index reports_reporter on reports (reporter_id);

-- What is true for a moment: typing, presence, marks that moved. It reaches the streams of all instances through the same
-- tail as the events, and is swept after a minute. Nothing depends on a row of it.
create unlogged table ephemera (
  id bigint generated always as identity primary key,
  xid xid8 not null default pg_current_xact_id(),
  kind text collate "C" not null,
  room_id text collate "C",
  user_id text collate "C" not null,
  detail text,
  at timestamptz(3) not null default now()
);

create index ephemera_xid on ephemera (xid);
create index ephemera_at on ephemera (at);

-- Counts on with every block and unblock, which change what a user may see of all rooms without an event in any of them.
alter table users add column sight integer not null default 0;
