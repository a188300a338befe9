create table uploads (
  id text collate "C" primary key,
  owner_id text collate "C" not null references users (id),
  name text not null,
  type text not null,
  size_bytes bigint not null check (size_bytes > 0),
  sha256 bytea,
  received_bytes bigint not null default 0,
  width integer,
  height integer,
  writer text collate "C",
  writing_until timestamptz(3),
  created_at timestamptz(3) not null default now(),
  completed_at timestamptz(3),
  due_at timestamptz(3)
);

create index uploads_owner on uploads (owner_id, id);
create index uploads_due on uploads (due_at) where due_at is not null;

comment on table uploads is 'Files of users. The bytes are in the store of files, under the id.';
comment on column uploads.type is 'The media type: as announced, and once complete as it was found to be.';
comment on column uploads.sha256 is 'What the bytes have to be, where that was announced.';
comment on column uploads.received_bytes is 'So many bytes are kept for good; what the store has beyond is dropped.';
comment on column uploads.writer is 'The one request that may write now, until writing_until.';
comment on column uploads.due_at is 'From then on it counts as gone, and is removed unless something uses it; null while something does.';

-- What messages show of their attachments, in their order.
alter table messages add column attachments jsonb not null default '[]';

create table message_uploads (
  room_id text collate "C" not null,
  seq bigint not null,
  upload_id text collate "C" not null,
  primary key (room_id, seq, upload_id),
  foreign key (room_id, seq) references messages (room_id, seq) on delete cascade
);

create index message_uploads_upload on message_uploads (upload_id);

comment on table message_uploads is 'Which uploads a message carries. Without a foreign key to them, so that it can be distributed by room.';

alter table users add column avatar text collate "C";
alter table rooms add column avatar text collate "C";

create index users_avatar on users (avatar) where avatar is not null;
create index rooms_avatar on rooms (avatar) where avatar is not null;

comment on column users.avatar is 'The id of an upload.';
comment on column rooms.avatar is 'The id of an upload.';

create table file_store (
  id boolean primary key default true check (id),
  name text collate "C" not null default gen_random_uuid()
);

comment on table file_store is 'The folder of this database''s files: another database may keep its own beside it.';
