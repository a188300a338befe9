-- Answers of calls with an idempotency key. Everything is derived from the key, which is not in here:
-- without it neither inputs nor answers can be read or guessed.
create table idempotency_keys (
  id bytea primary key,
  input_tag bytea not null,
  answer bytea,
  created_at timestamptz(3) not null default now()
);

create index idempotency_keys_created on idempotency_keys (created_at);

comment on column idempotency_keys.id is 'SHA-256 of caller, procedure and key.';
comment on column idempotency_keys.input_tag is 'HMAC of the input under the key.';
comment on column idempotency_keys.answer is 'The answer, encrypted under the key.';
