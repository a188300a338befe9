create table meetings (
  id text collate "C" primary key,
  host_id text collate "C" not null references users (id),
  created_by text collate "C" not null references users (id),
  title text not null,
  description text not null default '',
  starts_at timestamptz(3) not null,
  duration_minutes integer not null check (duration_minutes between 1 and 1440),
  time_zone text not null,
  recurrence text,
  expanded_to timestamptz(3),
  provider text collate "C" not null,
  link text,
  passcode bytea,
  lobby boolean not null default false,
  sequence integer not null default 0,
  room_state text collate "C" not null default 'ready' check (room_state in ('pending', 'ready', 'failed', 'gone')),
  room_problem text,
  external_id text,
  join_url text,
  created_at timestamptz(3) not null default now(),
  modified_at timestamptz(3) not null default now(),
  cancelled_at timestamptz(3),
  removed_at timestamptz(3)
);

create index meetings_host on meetings (host_id, id);
create index meetings_creator on meetings (created_by);
create index meetings_removed on meetings (id) where removed_at is not null;
create index meetings_expanded on meetings (expanded_to) where expanded_to is not null and removed_at is null;

comment on column meetings.starts_at is 'When the first occurrence begins; the clock in time_zone shows the same time for all of them.';
comment on column meetings.recurrence is 'RRULE of RFC 5545; null for a single meeting.';
comment on column meetings.expanded_to is 'Up to when occurrences are written out; null where all are.';
comment on column meetings.passcode is 'Encrypted: the host and those invited are shown it.';
comment on column meetings.sequence is 'SEQUENCE of RFC 5545: how often what calendars show was changed.';
comment on column meetings.room_state is 'The room at the provider: being made or changed, as it should be, not to be had, or deleted.';
comment on column meetings.external_id is 'Of the room at the provider; null before it is made, and where none has to be.';

create table meeting_occurrences (
  meeting_id text collate "C" not null references meetings (id),
  original_at timestamptz(3) not null,
  starts_at timestamptz(3) not null,
  ends_at timestamptz(3) not null,
  title text,
  cancelled_at timestamptz(3),
  primary key (meeting_id, original_at)
);

create index meeting_occurrences_time on meeting_occurrences (meeting_id, starts_at, original_at);
create index meeting_occurrences_all on meeting_occurrences (starts_at, meeting_id, original_at);

comment on column meeting_occurrences.original_at is 'When the series has it, whatever it was moved to: its name within the series.';
comment on column meeting_occurrences.title is 'Null for that of the series.';

create table meeting_invitations (
  meeting_id text collate "C" not null references meetings (id),
  invitee text collate "C" not null,
  user_id text collate "C" references users (id),
  email text,
  response text collate "C" not null default 'none' check (response in ('none', 'yes', 'no', 'maybe')),
  responded_at timestamptz(3),
  invited_by text collate "C" not null references users (id),
  invited_at timestamptz(3) not null default now(),
  primary key (meeting_id, invitee),
  check ((user_id is null) <> (email is null))
);

create index meeting_invitations_user on meeting_invitations (user_id, meeting_id) where user_id is not null;
create index meeting_invitations_email on meeting_invitations (invitee) where email is not null;
create index meeting_invitations_inviter on meeting_invitations (invited_by);

comment on column meeting_invitations.invitee is 'The id of the user, or the e-mail address in normalised form.';

create table calendar_feeds (
  id text collate "C" primary key,
  user_id text collate "C" not null unique references users (id),
  secret_hash bytea not null,
  created_at timestamptz(3) not null default now()
);

comment on table calendar_feeds is 'The private calendar address of a user; a new one takes the place of the old.';

create table meeting_lobby (
  meeting_id text collate "C" not null references meetings (id),
  original_at timestamptz(3) not null,
  user_id text collate "C" not null references users (id),
  state text collate "C" not null default 'waiting' check (state in ('waiting', 'admitted', 'denied')),
  asked_at timestamptz(3) not null default now(),
  decided_at timestamptz(3),
  decided_by text collate "C" references users (id),
  primary key (meeting_id, original_at, user_id)
);

create index meeting_lobby_user on meeting_lobby (user_id);
create index meeting_lobby_decider on meeting_lobby (decided_by) where decided_by is not null;
create index meeting_lobby_waiting on meeting_lobby (meeting_id, asked_at, user_id) where state = 'waiting';

comment on table meeting_lobby is 'Who asked to be let into one time of a meeting, and what the host said.';

create table meeting_attendance (
  meeting_id text collate "C" not null references meetings (id),
  original_at timestamptz(3) not null,
  user_id text collate "C" not null references users (id),
  joined_at timestamptz(3) not null default now(),
  left_at timestamptz(3),
  primary key (meeting_id, original_at, user_id, joined_at)
);

create index meeting_attendance_user on meeting_attendance (user_id);

comment on column meeting_attendance.left_at is 'Null where nobody can tell, or they are still there.';
