create table users (
  id text collate "C" primary key,
  email text not null,
  email_key text collate "C" not null,
  user_name text not null,
  user_name_key text collate "C" not null,
  first_name text not null default '',
  last_name text not null default '',
  password_hash text,
  created_at timestamptz(3) not null default now(),
  modified_at timestamptz(3) not null default now(),
  constraint users_email_unique unique (email_key),
  constraint users_user_name_unique unique (user_name_key)
);

comment on column users.email_key is 'Normalised e-mail address: what has to be unique.';
comment on column users.user_name_key is 'Normalised user name: what has to be unique, and the order of lists.';

create table devices (
  id text collate "C" primary key,
  user_id text collate "C" not null references users (id) on delete cascade,
  secret_hash bytea not null,
  created_at timestamptz(3) not null default now()
);

create index devices_user on devices (user_id);

comment on column devices.secret_hash is 'SHA-256 of the secret half of the token.';
