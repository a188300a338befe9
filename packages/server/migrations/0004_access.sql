-- An account may come without an address (trusted issuers), and a removed one keeps its id alone.
alter table users
  alter column email drop not null,
  alter column email_key drop not null,
  add column email_verified_at timestamptz(3),
  add column roles text[] not null default '{}' check (roles <@ array['admin', 'royalties', 'support']),
  add column mfa boolean not null default false,
  add column removed_at timestamptz(3);

create index users_admins on users (id) where 'admin' = any (roles);

comment on column users.mfa is 'Signing in asks for a code. The secret is in mfa_secrets.';
comment on column users.removed_at is 'When the account was removed: nothing but the id and dates is left then.';

alter table devices
  add column name text not null default '',
  add column address text,
  add column last_seen_at timestamptz(3) not null default now();

create index devices_last_seen on devices (last_seen_at);

comment on column devices.address is 'The address it was last seen from; cut to its network after 30 days.';
comment on column devices.last_seen_at is 'To about a minute: written for many devices at once.';

create table api_keys (
  id text collate "C" primary key,
  kind text collate "C" not null check (kind in ('personal', 'service')),
  owner_id text collate "C" references users (id),
  name text not null,
  scopes text[] not null,
  secret_hash bytea not null,
  created_by text collate "C" references users (id),
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3),
  last_used_at timestamptz(3),
  check ((kind = 'personal') = (owner_id is not null))
);

create index api_keys_owner on api_keys (owner_id, id);

comment on column api_keys.owner_id is 'Whose rights a personal key has; a service has none of a user.';
comment on column api_keys.secret_hash is 'SHA-256 of the secret half of the key.';

create table identities (
  issuer text collate "C" not null,
  subject text collate "C" not null,
  user_id text collate "C" not null references users (id),
  created_at timestamptz(3) not null default now(),
  primary key (issuer, subject)
);

create index identities_user on identities (user_id);

comment on table identities is 'Users as trusted issuers know them.';

create table mail_tokens (
  id text collate "C" primary key,
  user_id text collate "C" not null references users (id),
  purpose text collate "C" not null check (purpose in ('verification', 'reset', 'invitation')),
  email_key text collate "C" not null,
  secret_hash bytea not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null
);

create index mail_tokens_user on mail_tokens (user_id, purpose);
create index mail_tokens_expires on mail_tokens (expires_at);

comment on column mail_tokens.email_key is 'The address it was sent to: it proves that one, and no later one.';

create table mfa_secrets (
  user_id text collate "C" primary key references users (id),
  secret bytea not null,
  confirmed_at timestamptz(3),
  last_step bigint not null default 0,
  created_at timestamptz(3) not null default now()
);

comment on column mfa_secrets.secret is 'The TOTP secret, encrypted.';
comment on column mfa_secrets.last_step is 'The time step of the last code that was used: none is taken twice.';

create table recovery_codes (
  user_id text collate "C" not null references users (id),
  code_hash bytea not null,
  primary key (user_id, code_hash)
);

create table friendships (
  user_low text collate "C" not null references users (id),
  user_high text collate "C" not null references users (id),
  requested_by text collate "C" not null references users (id),
  created_at timestamptz(3) not null default now(),
  accepted_at timestamptz(3),
  primary key (user_low, user_high),
  check (user_low < user_high),
  check (requested_by in (user_low, user_high))
);

create index friendships_high on friendships (user_high, user_low);

create table blocks (
  blocker_id text collate "C" not null references users (id),
  blocked_id text collate "C" not null references users (id),
  created_at timestamptz(3) not null default now(),
  primary key (blocker_id, blocked_id),
  check (blocker_id <> blocked_id)
);

create index blocks_blocked on blocks (blocked_id, blocker_id);

create table presences (
  user_id text collate "C" primary key references users (id),
  status text collate "C" check (status in ('available', 'away', 'busy', 'offline')),
  text text not null default '',
  expires_at timestamptz(3),
  modified_at timestamptz(3) not null default now(),
  seen_at timestamptz(3)
);

comment on column presences.status is 'What somebody says of themselves, until expires_at; null for nothing.';
comment on column presences.seen_at is 'The last call of their own, to about a minute: written for many people at once.';

alter table messages add column hidden boolean not null default false;

comment on column messages.hidden is 'For its sender alone: the other of a direct room blocked the sender when it was sent.';

create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz(3) not null default now(),
  action text collate "C" not null,
  user_id text collate "C",
  key_id text collate "C",
  service text,
  target text collate "C",
  address text,
  request_id text collate "C",
  details jsonb not null default '{}'
);

create index audit_log_user on audit_log (user_id, id);
create index audit_log_action on audit_log (action, id);
create index audit_log_target on audit_log (target, id);
create index audit_log_at on audit_log (at) where address is not null;

comment on table audit_log is 'Who did what to which thing from where. Append-only; it names nobody but by id.';
comment on column audit_log.user_id is 'Whose rights were used.';
comment on column audit_log.key_id is 'The API key that was used; with a user other than its owner, it acted for that user.';
comment on column audit_log.service is 'The name of the service, where it was one.';
comment on column audit_log.target is 'The id of the thing it was done to.';
comment on column audit_log.address is 'From where; cut to its network after 30 days.';

create function audit_log_guard() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (new.id, new.at, new.action, new.user_id, new.key_id, new.service, new.target, new.request_id, new.details)
    is not distinct from (old.id, old.at, old.action, old.user_id, old.key_id, old.service, old.target, old.request_id, old.details)
  then
    return new;
  end if;
  raise exception 'The audit log is append-only.';
end
$$;

-- Addresses may be cut; nothing else changes.
create trigger audit_log_append_only before update or delete on audit_log
  for each row execute function audit_log_guard();

-- Of rate-limiter-flexible: exact counts that all instances share.
create table rate_limits (
  key text collate "C" primary key,
  points integer not null default 0,
  expire bigint
);

create index rate_limits_expire on rate_limits (expire);

comment on column rate_limits.key is 'What is limited and a keyed hash of for whom: no address, no name.';
comment on column rate_limits.expire is 'When the row is void, in milliseconds since 1970.';

create table secret_check (
  id boolean primary key default true check (id),
  fingerprint bytea not null
);

comment on table secret_check is 'Tells whether the server''s secret is the one that this database was encrypted under.';

-- What somebody sent, over all rooms.
create index messages_sender on messages (sender_id, room_id, seq);
