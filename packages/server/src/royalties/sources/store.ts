import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { ImportId, SourceId } from '../../ids.ts'

const columns = [
  ...(['id', 'name', 'kind', 'url', 'format as reading', 'every_minutes as everyMinutes', 'paused'] as const),
  ...(['next_at as nextAt', 'last_at as lastAt', 'last_code as lastCode', 'last_message as lastMessage'] as const),
  ...(['last_import_id as lastImportId', 'failures', 'etag'] as const),
  ...(['created_at as createdAt', 'modified_at as modifiedAt'] as const),
] as const

export interface NewSource {
  id: SourceId
  name: string
  kind: 'streams' | 'listeners' | 'tracks'
  url: string
  reading: object
  everyMinutes: number
  paused: boolean
}

/** Has creating sources wait for each other until the end of the transaction; how many there are. */
export async function countSources(tx: Db): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended('import_sources', 0))`.execute(tx)
  const row = await tx.selectFrom('import_sources').select(sql<bigint>`count(*)`.as('count')).executeTakeFirstOrThrow()
  return Number(row.count)
}

export async function insertSource(tx: Db, { everyMinutes, reading, ...source }: NewSource) {
  return tx
    .insertInto('import_sources')
    .values({ ...source, format: JSON.stringify(reading), every_minutes: everyMinutes })
    .returning(columns)
    .executeTakeFirstOrThrow()
}

export type SourceRecord = Awaited<ReturnType<typeof insertSource>>

/** In the order of their ids. */
export function listSources(db: Db, { after, limit }: { after: SourceId | undefined; limit: number }) {
  let query = db.selectFrom('import_sources').select(columns)
  if (after !== undefined) query = query.where('id', '>', after)
  return query.orderBy('id').limit(limit).execute()
}

export interface SourceChange {
  name?: string | undefined
  url?: string | undefined
  /** What of it changes. */
  reading: object
  everyMinutes?: number | undefined
  paused?: boolean | undefined
}

/**
 * Undefined where there is none. Another address or another way to read it is begun anew: what is under way for the old one
 * leaves no trace.
 */
export async function updateSource(tx: Db, id: SourceId, change: SourceChange): Promise<SourceRecord | undefined> {
  const { name, url, reading, everyMinutes, paused } = change
  const isReadAnew = Object.keys(reading).length > 0
  const isAnew = url !== undefined || isReadAnew
  return tx
    .updateTable('import_sources')
    .set({
      ...{ name, url, paused, every_minutes: everyMinutes },
      ...(isReadAnew && { format: sql`format || ${JSON.stringify(reading)}::jsonb` }),
      ...(everyMinutes !== undefined && {
        next_at: sql`least(next_at, now() + ${everyMinutes} * interval '1 minute')`,
      }),
      ...((isAnew || paused === false) && { next_at: sql`now()`, failures: 0 }),
      ...(isAnew && { etag: null, holder: null, held_until: null }),
      modified_at: sql`greatest(now(), modified_at + interval '1 millisecond')`,
    })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst()
}

export async function deleteSource(tx: Db, id: SourceId): Promise<boolean> {
  const { numDeletedRows } = await tx.deleteFrom('import_sources').where('id', '=', id).executeTakeFirst()
  return numDeletedRows > 0n
}

/** Who fetches a source at the moment. */
export interface Hold {
  holder: string
  forMs: number
}

const until = (forMs: number) => sql<Date>`clock_timestamp() + ${forMs} * interval '1 millisecond'`

/** Takes a source that is due and that nobody fetches; undefined where there is none. */
export async function holdDue(db: Db, { holder, forMs }: Hold): Promise<SourceRecord | undefined> {
  return db
    .updateTable('import_sources')
    .set({ holder, held_until: until(forMs) })
    .where('id', '=', (eb) =>
      eb
        .selectFrom('import_sources')
        .select('id')
        .where('paused', '=', false)
        .where('next_at', '<=', sql<Date>`clock_timestamp()`)
        .where((or) => or.or([or('held_until', 'is', null), or('held_until', '<', sql<Date>`clock_timestamp()`)]))
        .orderBy('next_at')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(columns)
    .executeTakeFirst()
}

/** False where it is held no more: it was changed, removed, or taken by another. */
export async function keepHolding(db: Db, id: SourceId, { holder, forMs }: Hold): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('import_sources')
    .set({ held_until: until(forMs) })
    .where('id', '=', id)
    .where('holder', '=', holder)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function letGo(db: Db, id: SourceId, holder: string): Promise<void> {
  await db
    .updateTable('import_sources')
    .set({ holder: null, held_until: null })
    .where('id', '=', id)
    .where('holder', '=', holder)
    .execute()
}

export interface Result {
  code: string
  message: string | null
  importId: ImportId | null
  etag: string | null
  failures: number
  afterMinutes: number
}

/** Notes how fetching ended, for whoever holds it still, and lets go of it. */
export async function noteResult(db: Db, id: SourceId, holder: string, result: Result): Promise<void> {
  await db
    .updateTable('import_sources')
    .set({
      ...{ last_code: result.code, last_message: result.message, last_at: sql`clock_timestamp()`, etag: result.etag },
      ...(result.importId !== null && { last_import_id: result.importId }),
      ...{ failures: result.failures, holder: null, held_until: null },
      next_at: sql`clock_timestamp() + ${result.afterMinutes} * interval '1 minute'`,
    })
    .where('id', '=', id)
    .where('holder', '=', holder)
    .execute()
}
