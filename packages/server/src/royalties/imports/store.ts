import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { ImportId, SourceId, UploadId } from '../../ids.ts'

const columns = [
  ...(['key', 'id', 'kind', 'state', 'file_name as fileName', 'upload_id as uploadId'] as const),
  ...(['source_id as sourceId', 'format', 'digest', 'duplicate_of as duplicateOf', 'code', 'problem'] as const),
  ...(['bytes', 'bytes_done as bytesDone', 'lines_done as linesDone', 'rows_read as rowsRead'] as const),
  ...(['rows_accepted as rowsAccepted', 'rows_quarantined as rowsQuarantined'] as const),
  ...(['rows_flagged as rowsFlagged', 'loaded_at as loadedAt', 'created_at as createdAt'] as const),
  ...(['started_at as startedAt', 'finished_at as finishedAt'] as const),
] as const

/** An import; `key` is its name within the database. */
export type ImportRow = NonNullable<Awaited<ReturnType<typeof findImport>>>

export interface NewImport {
  id: ImportId
  kind: 'streams' | 'listeners' | 'tracks'
  fileName: string
  uploadId: UploadId | null
  sourceId: SourceId | null
  format: object
}

export function insertImport(tx: Db, { id, kind, fileName, uploadId, sourceId, format }: NewImport) {
  return tx
    .insertInto('imports')
    .values({
      ...{ id, kind, file_name: fileName, upload_id: uploadId, source_id: sourceId },
      format: JSON.stringify(format),
    })
    .returning(columns)
    .executeTakeFirstOrThrow()
}

export function findImport(db: Db, id: ImportId) {
  return db.selectFrom('imports').select(columns).where('id', '=', id).executeTakeFirst()
}

/** The same, which nobody else changes until the end of the transaction. */
export function lockImport(tx: Db, id: ImportId) {
  return tx.selectFrom('imports').select(columns).where('id', '=', id).forUpdate().executeTakeFirst()
}

interface ImportsPage {
  kind?: NewImport['kind'] | undefined
  state?: ImportRow['state'] | undefined
  before: { createdAt: Date; id: ImportId } | undefined
  limit: number
}

/** Imports, the newest first. */
export function listImports(db: Db, { kind, state, before, limit }: ImportsPage) {
  let query = db.selectFrom('imports').select(columns)
  if (kind !== undefined) query = query.where('kind', '=', kind)
  if (state !== undefined) query = query.where('state', '=', state)
  if (before !== undefined) query = query.where(sql<SqlBool>`(created_at, id) < (${before.createdAt}, ${before.id})`)
  return query.orderBy('created_at', 'desc').orderBy('id', 'desc').limit(limit).execute()
}

/** The import that has these bytes, or is reading them. */
export async function findByDigest(db: Db, digest: Buffer) {
  const row = await db
    .selectFrom('imports')
    .select('id')
    .where('digest', '=', digest)
    .where('state', 'in', ['running', 'done'])
    .executeTakeFirst()
  return row?.id
}

export const isUnfinished = ({ state }: Pick<ImportRow, 'state'>): boolean => state === 'waiting' || state === 'running'

const heldFor = sql<Date>`now() + interval '20 seconds'`
const isFree = sql<SqlBool>`(holder is null or held_until < now())`

/** Takes an unfinished import that nobody is at; undefined where somebody is, or it is finished. */
export async function takeImport(db: Db, id: ImportId, holder: string): Promise<ImportRow | undefined> {
  const free = db
    .selectFrom('imports')
    .select('id')
    .where('id', '=', id)
    .where('state', 'in', ['waiting', 'running'])
    .where(isFree)
    .forUpdate()
    .skipLocked()
  return db
    .updateTable('imports')
    .set({ holder, held_until: heldFor, started_at: sql`coalesce(started_at, now())` })
    .where('id', 'in', free)
    .returning(columns)
    .executeTakeFirst()
}

/** Says that its holder is still at it; false where another one is by now. */
export async function keepImport(db: Db, id: ImportId, holder: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('imports')
    .set({ held_until: heldFor })
    .where('id', '=', id)
    .where('holder', '=', holder)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Lets go of an import, for whoever is to go on with it; the upkeep looks at it after a while. */
export async function letGoOfImport(db: Db, id: ImportId, holder: string, afterMs = 0): Promise<void> {
  await db
    .updateTable('imports')
    .set({ holder: null, held_until: afterMs === 0 ? null : sql`now() + ${afterMs} * interval '1 millisecond'` })
    .where('id', '=', id)
    .where('holder', '=', holder)
    .where('state', 'in', ['waiting', 'running'])
    .execute()
}

/** Unfinished imports that nobody is at: of uploads, those to go on with; of files elsewhere, those given up long ago. */
export async function strandedImports(db: Db) {
  return db
    .selectFrom('imports')
    .select(['id', 'upload_id as uploadId'])
    .where('state', 'in', ['waiting', 'running'])
    .where(
      sql<SqlBool>`case when upload_id is null
        then coalesce(held_until, created_at) < now() - interval '10 minutes' else coalesce(held_until < now(), true) end`,
    )
    .orderBy('id')
    .limit(100)
    .execute()
}

interface Begun {
  digest: Buffer
  format: object
  bytes: number
  start: { bytes: number; lines: number }
}

/** The file was looked at: from now on it is read. The database refuses a digest that another one has. */
export async function beginImport(tx: Db, id: ImportId, holder: string, { digest, format, bytes, start }: Begun) {
  return tx
    .updateTable('imports')
    .set({
      ...{ state: 'running', digest, format: JSON.stringify(format), bytes: BigInt(bytes) },
      ...{ bytes_done: BigInt(start.bytes), lines_done: start.lines, held_until: heldFor },
    })
    .where('id', '=', id)
    .where('holder', '=', holder)
    .returning(columns)
    .executeTakeFirst()
}

export interface Counts {
  accepted: number
  quarantined: number
  flagged: number
}

interface Step extends Counts {
  from: number
  place: { bytes: number; lines: number }
}

/** Moves an import on; false where another one is at it by now. */
export async function moveImport(tx: Db, id: ImportId, holder: string, step: Step): Promise<boolean> {
  const { from, place, accepted, quarantined, flagged } = step
  const { numUpdatedRows } = await tx
    .updateTable('imports')
    .set({
      ...{ bytes_done: BigInt(place.bytes), lines_done: place.lines, held_until: heldFor },
      rows_read: sql`rows_read + ${accepted + quarantined}`,
      rows_accepted: sql`rows_accepted + ${accepted}`,
      rows_quarantined: sql`rows_quarantined + ${quarantined}`,
      rows_flagged: sql`rows_flagged + ${flagged}`,
    })
    .where('id', '=', id)
    .where('holder', '=', holder)
    .where('bytes_done', '=', BigInt(from))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** All rows are in. */
export async function noteLoaded(tx: Db, id: ImportId, holder: string): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('imports')
    .set({ loaded_at: sql`now()`, held_until: heldFor })
    .where('id', '=', id)
    .where('holder', '=', holder)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Whether an import of a file elsewhere may be gone on with, by who has the file: nobody is at it any more. */
export async function standingOf(db: Db, id: ImportId): Promise<'held' | 'free' | 'other'> {
  const row = await db
    .selectFrom('imports')
    .select(isFree.as('free'))
    .where('id', '=', id)
    .where('state', '=', 'running')
    .where('upload_id', 'is', null)
    .executeTakeFirst()
  if (row === undefined) return 'other'
  return row.free === true ? 'free' : 'held'
}

/** Forgets an import that came to nothing. */
export async function deleteImport(tx: Db, id: ImportId): Promise<void> {
  await tx.deleteFrom('imports').where('id', '=', id).where('state', '=', 'duplicate').execute()
}

export interface Ending {
  state: 'done' | 'failed' | 'duplicate'
  code?: string
  problem?: string
  duplicateOf?: ImportId | null
}

/** Ends an import; it lets go of its upload, whose id is returned. */
export async function endImport(tx: Db, id: ImportId, ending: Ending): Promise<void> {
  const { state, code = null, problem = null, duplicateOf = null } = ending
  await tx
    .updateTable('imports')
    .set({
      ...{ state, code, problem, duplicate_of: duplicateOf, upload_id: null, holder: null, held_until: null },
      finished_at: sql`now()`,
      ...(state === 'failed' && { rows_accepted: 0, rows_flagged: 0, rows_read: sql`rows_quarantined` }),
    })
    .where('id', '=', id)
    .where('state', 'in', ['waiting', 'running'])
    .execute()
}

/** Moves rows from quarantine to those accepted. */
export async function countResolved(tx: Db, id: ImportId, { accepted, flagged }: Pick<Counts, 'accepted' | 'flagged'>) {
  return tx
    .updateTable('imports')
    .set({
      rows_accepted: sql`rows_accepted + ${accepted}`,
      rows_quarantined: sql`rows_quarantined - ${accepted}`,
      rows_flagged: sql`rows_flagged + ${flagged}`,
    })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirstOrThrow()
}
