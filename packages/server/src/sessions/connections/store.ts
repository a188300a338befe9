import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { ConnectionId, UserId } from '../../ids.ts'

export interface NewConnection {
  id: ConnectionId
  provider: string
  name: string
  settings: object
  /** Encrypted. */
  secrets: Buffer
  defaultPasscode: Buffer | null
  token: SealedToken | null
  details: object
  createdBy: UserId
}

/** An access token, encrypted, and until when it is good. */
export interface SealedToken {
  token: Buffer
  until: Date
}

export async function insertConnection(tx: Db, connection: NewConnection): Promise<void> {
  const { id, provider, name, secrets, token } = connection
  await tx
    .insertInto('provider_connections')
    .values({
      ...{ id, provider, name, secrets },
      settings: JSON.stringify(connection.settings),
      default_passcode: connection.defaultPasscode,
      token: token?.token ?? null,
      token_until: token?.until ?? null,
      details: JSON.stringify(connection.details),
      checked_at: sql`now()`,
      created_by: connection.createdBy,
    })
    .execute()
}

/** Has connecting accounts of a provider wait for each other until the end of the transaction. */
export async function lockProvider(tx: Db, provider: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`connections ${provider}`}, 0))`.execute(tx)
}

/** What is needed to use an account, secrets still encrypted; undefined where it is not connected any more. */
export function findAccount(db: Db, id: ConnectionId) {
  return accounts(db).where('id', '=', id).executeTakeFirst()
}

/** The same, locked until the end of the transaction. */
export function lockAccount(tx: Db, id: ConnectionId) {
  return accounts(tx).where('id', '=', id).forNoKeyUpdate().executeTakeFirst()
}

export type Account = NonNullable<Awaited<ReturnType<typeof findAccount>>>

function accounts(db: Db) {
  return db
    .selectFrom('provider_connections')
    .select(['id', 'provider', 'name', 'settings', 'secrets', 'state', 'details', 'modified_at as modifiedAt'])
    .where('removed_at', 'is', null)
}

/** All accounts that are connected, so many at most. */
export function listAccounts(db: Db, limit: number) {
  return db
    .selectFrom('provider_connections')
    .select(['id', 'provider', 'settings'])
    .where('removed_at', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** The account that new meetings of a provider use: a certain one, or the oldest that works, or the oldest. */
export async function chooseConnection(
  tx: Db,
  provider: string,
  wanted: ConnectionId | undefined,
): Promise<ConnectionId | undefined> {
  let query = tx.selectFrom('provider_connections').select('id').where('removed_at', 'is', null)
  if (wanted !== undefined) query = query.where('id', '=', wanted)
  const row = await query
    .where('provider', '=', provider)
    .orderBy(sql`state = 'broken'`)
    .orderBy('id')
    .limit(1)
    // It is not removed before the meeting is there.
    .forShare()
    .executeTakeFirst()
  return row?.id
}

/** How connections are doing, in the order of their ids. */
export function listConnections(db: Db, page: { id?: ConnectionId; after?: ConnectionId | undefined; limit: number }) {
  let query = db
    .selectFrom('provider_connections as connection')
    .leftJoin('provider_sources as source', 'source.id', 'connection.id')
    .select([
      ...(['connection.id', 'connection.provider', 'connection.name', 'connection.settings', 'state'] as const),
      ...(['connection.problem', 'details', 'checked_at as checkedAt', 'answered_at as answeredAt'] as const),
      ...(['heard_at as heardAt', 'created_at as createdAt', 'modified_at as modifiedAt'] as const),
    ])
    .select(sql<boolean>`default_passcode is not null`.as('hasDefaultPasscode'))
    .select(sql<Date | null>`case when paused_until > now() then paused_until end`.as('pausedUntil'))
    .where('removed_at', 'is', null)
  if (page.id !== undefined) query = query.where('connection.id', '=', page.id)
  if (page.after !== undefined) query = query.where('connection.id', '>', page.after)
  return query.orderBy('connection.id').limit(page.limit).execute()
}

export type ConnectionRecord = Awaited<ReturnType<typeof listConnections>>[number]

const today = sql<Date>`date_trunc('day', now() at time zone 'utc') at time zone 'utc'`

/** How many calls these sources took today, by the provider's own categories. */
export function callsToday(db: Db, sources: readonly string[]) {
  return db
    .selectFrom('provider_calls')
    .select(['source', 'category', 'calls'])
    .where((eb) => eb('source', '=', eb.fn.any(eb.val([...sources]))))
    .where('day', '=', today)
    .orderBy('category')
    .execute()
}

/** Counts calls of today. */
export async function countCalls(db: Db, source: string, category: string, calls: number): Promise<void> {
  await db
    .insertInto('provider_calls')
    .values({ source, day: today, category, calls })
    .onConflict((conflict) =>
      conflict
        .columns(['source', 'day', 'category'])
        .doUpdateSet({ calls: sql`provider_calls.calls + excluded.calls` }),
    )
    .execute()
}

export interface ConnectionChange {
  name?: string | undefined
  settings?: object
  secrets?: Buffer
  /** null takes it away. */
  defaultPasscode?: Buffer | null | undefined
  token?: SealedToken | null
}

/** Changes a connection that is locked. All servers use it anew. */
export async function updateConnection(tx: Db, id: ConnectionId, change: ConnectionChange): Promise<void> {
  const { name, settings, secrets, defaultPasscode, token } = change
  await tx
    .updateTable('provider_connections')
    .set({
      ...{ name, secrets, default_passcode: defaultPasscode },
      ...(settings !== undefined && { settings: JSON.stringify(settings) }),
      ...(token !== undefined && { token: token?.token ?? null, token_until: token?.until ?? null }),
      modified_at: sql`greatest(now(), modified_at + interval '1 millisecond')`,
    })
    .where('id', '=', id)
    .execute()
}

/** Notes what a check found. */
export async function noteChecked(
  db: Db,
  id: ConnectionId,
  { problem, details }: { problem: string | null; details: object },
): Promise<void> {
  await db
    .updateTable('provider_connections')
    .set({
      state: problem === null ? 'ok' : 'broken',
      problem,
      details: JSON.stringify(details),
      checked_at: sql`now()`,
    })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .execute()
}

/** An account does not work any more; false where that was known. `cause` says what has to work for it to count again. */
export async function breakConnection(
  db: Db,
  id: ConnectionId,
  { problem, cause }: { problem: string; cause: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('provider_connections')
    .set({ state: 'broken', problem, details: sql`details || ${JSON.stringify({ cause })}::jsonb` })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .where('state', '=', 'ok')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** An account works again; false where that was known. */
export async function mendConnection(db: Db, id: ConnectionId): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('provider_connections')
    .set({ state: 'ok', problem: null, details: sql`details - 'cause'` })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .where('state', '=', 'broken')
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** The token in use; undefined where the account is not connected any more. */
export function findToken(db: Db, id: ConnectionId) {
  return db
    .selectFrom('provider_connections')
    .select(['token', 'token_until as until'])
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
}

/** Takes it on to ask for another token, for a while; false where somebody else does. */
export async function claimToken(db: Db, id: ConnectionId, forMs: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('provider_connections')
    .set({ token_claimed_until: sql`clock_timestamp() + ${forMs} * interval '1 millisecond'` })
    .where('id', '=', id)
    .where((eb) =>
      eb.or([eb('token_claimed_until', 'is', null), eb('token_claimed_until', '<', sql<Date>`clock_timestamp()`)]),
    )
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function releaseToken(db: Db, id: ConnectionId): Promise<void> {
  await db.updateTable('provider_connections').set({ token_claimed_until: null }).where('id', '=', id).execute()
}

export async function saveToken(db: Db, id: ConnectionId, { token, until }: SealedToken): Promise<void> {
  await db
    .updateTable('provider_connections')
    .set({ token, token_until: until })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .execute()
}

/** A source is not to be asked before a time; the latest that was told counts. */
export async function pauseSource(db: Db, source: { id: string; provider: string }, until: Date): Promise<void> {
  await db
    .insertInto('provider_sources')
    .values({ id: source.id, provider: source.provider, paused_until: until })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ paused_until: sql`greatest(provider_sources.paused_until, excluded.paused_until)` }),
    )
    .execute()
}

/** Forgets an account that is locked: its secrets, its rooms, and what it told. Meetings that use it say so. */
export async function removeConnection(tx: Db, id: ConnectionId, problem: string): Promise<void> {
  await tx
    .updateTable('provider_connections')
    .set({ secrets: null, default_passcode: null, token: null, token_until: null, details: '{}', problem: null })
    .set({ removed_at: sql`now()`, modified_at: sql`greatest(now(), modified_at + interval '1 millisecond')` })
    .where('id', '=', id)
    .execute()
  await tx.deleteFrom('provider_inbox').where('source', '=', id).execute()
  await tx.deleteFrom('provider_sources').where('id', '=', id).execute()
  await tx
    .updateTable('meeting_rooms')
    .set({ gone_at: sql`now()`, passcode: null })
    .where('source', '=', id)
    .where('gone_at', 'is', null)
    .execute()
  await tx
    .updateTable('meetings')
    .set({ room_state: 'failed', room_problem: problem })
    .where('connection_id', '=', id)
    .where('room_state', '<>', 'gone')
    .where(sql<SqlBool>`coalesce(cancelled_at, removed_at) is null`)
    .execute()
}
