// Generated from the migrated database by `pnpm gen`. Do not edit.
import type { ColumnType } from 'kysely'
import type { DeviceId, RoomId, UserId } from '../ids.ts'

type Generated<T> = T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>
type Timestamp = ColumnType<Date, Date | string, Date | string>
type Int8 = ColumnType<bigint, bigint | number, bigint | number>

export interface AntiphonMigrations {
  name: string
  checksum: string
  applied_at: Generated<Timestamp>
}

export interface Devices {
  id: DeviceId
  user_id: UserId
  /** SHA-256 of the secret half of the token. */
  secret_hash: Buffer
  created_at: Generated<Timestamp>
}

export interface DirectRooms {
  user_low: UserId
  user_high: UserId
  room_id: RoomId
}

export interface IdempotencyKeys {
  /** SHA-256 of caller, procedure and key. */
  id: Buffer
  /** HMAC of the input under the key. */
  input_tag: Buffer
  /** The answer, encrypted under the key. */
  answer: Buffer | null
  created_at: Generated<Timestamp>
}

export interface Messages {
  room_id: RoomId
  seq: Int8
  sender_id: UserId
  /** The sender's key for this send: a retry under it has one effect, for as long as the row lives. */
  client_id: string | null
  /** SHA-256 of what was sent, to tell a retry from another message under the same key. */
  content_hash: Buffer
  body: string
  sent_at: Timestamp
}

export interface RoomEvents {
  room_id: RoomId
  seq: Int8
  /** The transaction that wrote the row, for readers that follow all rooms by snapshot. */
  xid: Generated<string>
  kind: string
  actor_id: UserId
  at: Timestamp
}

export interface RoomMembers {
  room_id: RoomId
  user_id: UserId
  role: 'owner' | 'admin' | 'member'
  joined_at: Generated<Timestamp>
}

export interface Rooms {
  id: RoomId
  kind: 'group' | 'direct'
  name: Generated<string>
  /** The newest number of the room's sequence, given out under this row's lock. */
  last_seq: Generated<Int8>
  created_by: UserId
  created_at: Generated<Timestamp>
  last_event_at: Generated<Timestamp>
}

export interface Users {
  id: UserId
  email: string
  /** Normalised e-mail address: what has to be unique. */
  email_key: string
  user_name: string
  /** Normalised user name: what has to be unique, and the order of lists. */
  user_name_key: string
  first_name: Generated<string>
  last_name: Generated<string>
  password_hash: string | null
  created_at: Generated<Timestamp>
  modified_at: Generated<Timestamp>
}

export interface Tables {
  antiphon_migrations: AntiphonMigrations
  devices: Devices
  direct_rooms: DirectRooms
  idempotency_keys: IdempotencyKeys
  messages: Messages
  room_events: RoomEvents
  room_members: RoomMembers
  rooms: Rooms
  users: Users
}

export const tableNames = [
  'antiphon_migrations',
  'devices',
  'direct_rooms',
  'idempotency_keys',
  'messages',
  'room_events',
  'room_members',
  'rooms',
  'users'
] as const satisfies (keyof Tables)[]
