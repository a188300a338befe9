create table rooms (
  id text collate "C" primary key,
  kind text collate "C" not null check (kind in ('group', 'direct')),
  name text not null default '',
  last_seq bigint not null default 0,
  created_by text collate "C" not null references users (id),
  created_at timestamptz(3) not null default now(),
  last_event_at timestamptz(3) not null default now()
);

comment on column rooms.last_seq is 'The newest number of the room''s sequence, given out under this row''s lock.';

create table room_members (
  room_id text collate "C" not null references rooms (id),
  user_id text collate "C" not null references users (id),
  role text collate "C" not null check (role in ('owner', 'admin', 'member')),
  joined_at timestamptz(3) not null default now(),
  primary key (room_id, user_id)
);

create index room_members_user on room_members (user_id, room_id);

-- One direct room per pair. It has no foreign key to rooms, so that rooms can be distributed by id.
create table direct_rooms (
  user_low text collate "C" not null references users (id),
  user_high text collate "C" not null references users (id),
  room_id text collate "C" not null,
  primary key (user_low, user_high),
  check (user_low <= user_high)
);

create table room_events (
  room_id text collate "C" not null references rooms (id),
  seq bigint not null,
  xid xid8 not null default pg_current_xact_id(),
  kind text collate "C" not null,
  actor_id text collate "C" not null references users (id),
  at timestamptz(3) not null,
  primary key (room_id, seq)
);

comment on table room_events is 'The log: every durable event of a room under one contiguous sequence. Bodies are read at delivery.';
comment on column room_events.xid is 'The transaction that wrote the row, for readers that follow all rooms by snapshot.';

create table messages (
  room_id text collate "C" not null references rooms (id),
  seq bigint not null,
  sender_id text collate "C" not null references users (id),
  client_id text collate "C",
  content_hash bytea not null,
  body text not null,
  sent_at timestamptz(3) not null,
  primary key (room_id, seq),
  constraint messages_client_id_unique unique (room_id, sender_id, client_id)
);

comment on column messages.client_id is 'The sender''s key for this send: a retry under it has one effect, for as long as the row lives.';
comment on column messages.content_hash is 'SHA-256 of what was sent, to tell a retry from another message under the same key.';
