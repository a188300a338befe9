import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { ImportId, ListenerId, TrackId } from '../../ids.ts'

/** A stream as it is in the database: what it is about is named by keys. */
export interface StreamKeys {
  listenerKey: number
  trackKey: number
  playedOn: string
  seconds: number
  region: string
  flagged: boolean
}

export interface StreamRow {
  id: bigint
  period: string
  booked: string
  listenerKey: number
  listenerId: ListenerId
  trackKey: number
  trackId: TrackId
  playedOn: string
  seconds: number
  region: string
  flagged: boolean
  importId: ImportId | null
  line: number | null
}

/** Of imports that are under way nothing is shown. */
const counts = sql<boolean>`s.import_key <> all (array(
  select key from imports where kind = 'streams' and state in ('waiting', 'running')))`

const shown = (db: Db) =>
  db
    .selectFrom('streams as s')
    .select([
      ...(['s.id', 's.period', 's.booked', 's.listener_key as listenerKey', 's.track_key as trackKey'] as const),
      ...(['s.played_on as playedOn', 's.seconds', 's.region', 's.flagged'] as const),
      sql<ListenerId>`(select id from listeners where key = s.listener_key)`.as('listenerId'),
      sql<TrackId>`(select id from tracks where key = s.track_key)`.as('trackId'),
      sql<ImportId | null>`(select id from imports where key = s.import_key)`.as('importId'),
      sql<number | null>`nullif(s.line, 0)`.as('line'),
    ])

export function findStream(db: Db, id: bigint): Promise<StreamRow | undefined> {
  return shown(db).where('s.id', '=', id).where(counts).executeTakeFirst()
}

export interface StreamsPage {
  period: string
  listenerKey?: number | undefined
  trackKey?: number | undefined
  importKey?: number | undefined
  flagged?: boolean | undefined
  limit: number
}

/** Streams of a period in the order of listeners, after the stream of a listener where one is given. */
export function listStreams(db: Db, page: StreamsPage & { after: readonly [number, bigint] | undefined }) {
  let query = filtered(db, page)
  if (page.after !== undefined) {
    query = query.where(sql<boolean>`(s.listener_key, s.id) > (${page.after[0]}, ${page.after[1]})`)
  }
  return query.orderBy('s.listener_key').orderBy('s.id').limit(page.limit).execute()
}

/** The same of a listener or of a track, in the order in which they came, after one where it is given. */
export function listStreamsOf(db: Db, page: StreamsPage & { after: bigint | undefined }) {
  let query = filtered(db, page)
  if (page.after !== undefined) query = query.where('s.id', '>', page.after)
  return query.orderBy('s.id').limit(page.limit).execute()
}

/** The same of an import, in the order of its lines, after one where it is given. */
export function listStreamsOfImport(db: Db, page: StreamsPage & { importKey: number; after: number | undefined }) {
  let query = filtered(db, page)
  if (page.after !== undefined) query = query.where('s.line', '>', page.after)
  return query.orderBy('s.import_key').orderBy('s.line').limit(page.limit).execute()
}

function filtered(db: Db, { period, listenerKey, trackKey, importKey, flagged }: StreamsPage) {
  let query = shown(db).where('s.period', '=', period).where(counts)
  if (listenerKey !== undefined) query = query.where('s.listener_key', '=', listenerKey)
  if (trackKey !== undefined) query = query.where('s.track_key', '=', trackKey)
  if (importKey !== undefined) query = query.where('s.import_key', '=', importKey)
  if (flagged === true) query = query.where('s.flagged', '=', true)
  return query
}

/** Writes a stream that was entered by hand. */
export async function insertStream(tx: Db, stream: StreamKeys & { period: string; booked: string }): Promise<bigint> {
  const row = await tx
    .insertInto('streams')
    .values({
      ...{ period: stream.period, booked: stream.booked, listener_key: stream.listenerKey },
      ...valuesOf(stream),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return row.id
}

export async function updateStream(tx: Db, { period, listenerKey, id }: StreamRow, changed: StreamKeys): Promise<void> {
  await tx
    .updateTable('streams')
    .set(valuesOf(changed))
    .where('period', '=', period)
    .where('listener_key', '=', listenerKey)
    .where('id', '=', id)
    .execute()
}

function valuesOf({ trackKey, playedOn, seconds, region, flagged }: StreamKeys) {
  return { track_key: trackKey, played_on: playedOn, seconds, region, flagged }
}

export async function deleteStream(tx: Db, { period, listenerKey, id }: StreamRow): Promise<void> {
  await tx
    .deleteFrom('streams')
    .where('period', '=', period)
    .where('listener_key', '=', listenerKey)
    .where('id', '=', id)
    .execute()
}

export interface NewChange {
  streamId: bigint
  kind: 'created' | 'updated' | 'removed'
  before: object | null
  after: object | null
  reason: string
  changedBy: string
}

export async function insertChange(tx: Db, change: NewChange): Promise<void> {
  const json = (value: object | null) => (value === null ? null : JSON.stringify(value))
  await tx
    .insertInto('stream_changes')
    .values({
      ...{ stream_id: change.streamId, kind: change.kind, reason: change.reason, changed_by: change.changedBy },
      ...{ before: json(change.before), after: json(change.after) },
    })
    .execute()
}

/** What was changed of a stream, the latest first. */
export function changesOf(db: Db, streamId: bigint, limit: number) {
  return db
    .selectFrom('stream_changes')
    .select(['kind', 'before', 'after', 'reason', 'changed_by as changedBy', 'changed_at as changedAt'])
    .where('stream_id', '=', streamId)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
}

/** The key of an import; undefined where there is none. */
export async function importKeyOf(db: Db, id: ImportId): Promise<number | undefined> {
  const row = await db.selectFrom('imports').select('key').where('id', '=', id).executeTakeFirst()
  return row?.key
}
