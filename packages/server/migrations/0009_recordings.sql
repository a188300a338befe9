create table recordings (
  id text collate "C" primary key,
  meeting_id text collate "C" unique references meetings (id),
  owner_id text collate "C" not null references users (id),
  title text not null,
  visibility text collate "C" not null default 'private' check (visibility in ('private', 'link', 'members')),
  members_download boolean not null default false,
  password_hash text,
  lock integer not null default 0,
  created_at timestamptz(3) not null default now(),
  modified_at timestamptz(3) not null default now(),
  filled_at timestamptz(3),
  removed_at timestamptz(3)
);

create index recordings_owner on recordings (owner_id, id);
create index recordings_members on recordings (id) where visibility = 'members' and removed_at is null;
create index recordings_removed on recordings (removed_at) where removed_at is not null;
create index recordings_filled on recordings (filled_at) where filled_at is not null and removed_at is null;

comment on column recordings.members_download is 'Whether those who see it by visibility "members" may download.';
comment on column recordings.lock is 'Counts the passwords: whoever gave an earlier one gives the new one.';
comment on column recordings.filled_at is 'When the newest of its files came; null where it has none. Retention counts from then.';

create table recording_files (
  id text collate "C" primary key,
  recording_id text collate "C" not null references recordings (id),
  name text not null,
  upload_id text collate "C" references uploads (id),
  source text collate "C" not null check (source in ('upload', 'room', 'provider')),
  state text collate "C" not null check (state in ('copying', 'preparing', 'ready', 'failed')),
  problem text,
  duration_ms bigint,
  provider text collate "C",
  external_id text collate "C",
  recorded_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  unique (provider, external_id)
);

create index recording_files_recording on recording_files (recording_id, id);
create unique index recording_files_upload on recording_files (upload_id) where upload_id is not null;
create index recording_files_unready on recording_files (id) where state in ('copying', 'preparing');

comment on column recording_files.upload_id is 'The bytes; null until the first of them are copied from the provider.';
comment on column recording_files.external_id is 'Of the file at the provider that it is copied from.';

create table recording_viewers (
  recording_id text collate "C" not null references recordings (id),
  viewer text collate "C" not null,
  user_id text collate "C" references users (id),
  email text,
  may_download boolean not null default false,
  shared_by text collate "C" not null references users (id),
  shared_at timestamptz(3) not null default now(),
  primary key (recording_id, viewer),
  check ((user_id is null) <> (email is null))
);

create index recording_viewers_user on recording_viewers (user_id, recording_id) where user_id is not null;
create index recording_viewers_email on recording_viewers (viewer) where email is not null;
create index recording_viewers_sharer on recording_viewers (shared_by);

comment on column recording_viewers.viewer is 'The id of the user, or the e-mail address in normalised form.';

create table recording_links (
  id text collate "C" primary key,
  recording_id text collate "C" not null references recordings (id),
  name text not null,
  secret_hash bytea not null,
  password_hash text,
  expires_at timestamptz(3),
  max_views integer check (max_views > 0),
  views integer not null default 0,
  may_download boolean not null default false,
  created_by text collate "C" not null references users (id),
  created_at timestamptz(3) not null default now(),
  revoked_at timestamptz(3)
);

create index recording_links_recording on recording_links (recording_id, id);
create index recording_links_creator on recording_links (created_by);

create table recording_views (
  id text collate "C" primary key,
  recording_id text collate "C" not null references recordings (id),
  user_id text collate "C" references users (id),
  link_id text collate "C" references recording_links (id),
  token_id text collate "C",
  secret_hash bytea not null,
  lock integer not null,
  opened_at timestamptz(3) not null default now(),
  last_at timestamptz(3),
  sent_bytes bigint not null default 0,
  downloads integer not null default 0,
  check ((user_id is null) <> (link_id is null))
);

create index recording_views_recording on recording_views (recording_id, id);
create index recording_views_user on recording_views (user_id) where user_id is not null;
create index recording_views_link on recording_views (link_id) where link_id is not null;

comment on table recording_views is 'Each time that somebody opened a recording: by whom or by which link, and how much of it went out.';
comment on column recording_views.token_id is 'The device or key by which the user called: with it the view ends. Null for others.';
comment on column recording_views.secret_hash is 'Of the secret in the addresses of the player, which ask for access anew at every request.';
comment on column recording_views.lock is 'That of the recording when its password was given.';

create table recording_view_parts (
  view_id text collate "C" not null references recording_views (id) on delete cascade,
  file_id text collate "C" not null references recording_files (id) on delete cascade,
  seen int8multirange not null default '{}',
  primary key (view_id, file_id)
);

create index recording_view_parts_file on recording_view_parts (file_id);

comment on column recording_view_parts.seen is 'Which bytes of the file went out in this view.';

create table recording_copies (
  provider text collate "C" not null,
  external_id text collate "C" not null,
  recording_id text collate "C" not null references recordings (id),
  found_at timestamptz(3) not null default now(),
  primary key (provider, external_id)
);

create index recording_copies_recording on recording_copies (recording_id);

comment on table recording_copies is 'What was found at providers: what the owner removed does not come back.';
