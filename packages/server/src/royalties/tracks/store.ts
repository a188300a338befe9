import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import { type LabelId, newId, type TrackId } from '../../ids.ts'
import { maxShares } from './schema.ts'

const columns = [
  ...(['key', 'id', 'external_id as externalId', 'title', 'isrc'] as const),
  ...(['created_at as createdAt', 'modified_at as modifiedAt'] as const),
] as const

/** A track; `key` is its name within the database. */
export type TrackRow = NonNullable<Awaited<ReturnType<typeof findTrack>>>

export interface NewTrack {
  externalId: string
  title: string | null
  isrc: string | null
}

export function insertTrack(tx: Db, { externalId, title, isrc }: NewTrack) {
  return tx
    .insertInto('tracks')
    .values({ id: newId('track'), external_id: externalId, title, isrc })
    .returning(columns)
    .executeTakeFirstOrThrow()
}

export type TrackName = { trackId: TrackId } | { externalId: string }

const named = (db: Db, by: TrackName) => {
  const query = db.selectFrom('tracks').select(columns)
  return 'trackId' in by ? query.where('id', '=', by.trackId) : query.where('external_id', '=', by.externalId)
}

export function findTrack(db: Db, by: TrackName) {
  return named(db, by).executeTakeFirst()
}

/** The same, kept from being removed until the end of the transaction. */
export function holdTrack(tx: Db, by: TrackName) {
  return named(tx, by).forKeyShare().executeTakeFirst()
}

/** Keeps others from entering streams of any track until the end of the transaction: imports hold them all while they load. */
export async function lockTracks(tx: Db): Promise<void> {
  await sql`lock table tracks in exclusive mode`.execute(tx)
}

/** What is left out stays as it is; undefined where there is no such track. */
export function updateTrack(
  tx: Db,
  id: TrackId,
  { title, isrc }: { title: string | null | undefined; isrc: string | null | undefined },
) {
  return tx
    .updateTable('tracks')
    .set({ modified_at: sql`now()`, ...(title !== undefined && { title }), ...(isrc !== undefined && { isrc }) })
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst()
}

/** Whether anybody heard a track, also in imports that are not finished. */
export async function wasHeard(db: Db, key: number): Promise<boolean> {
  const row = await db
    .selectFrom('streams')
    .select('track_key')
    .where('track_key', '=', key)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Deletes a track and its rights. */
export async function deleteTrack(tx: Db, key: number): Promise<void> {
  await tx.deleteFrom('track_rights').where('track_key', '=', key).execute()
  await tx.deleteFrom('tracks').where('key', '=', key).execute()
}

export interface TracksPage {
  externalId?: string | undefined
  isrc?: string | undefined
  /** Who has a part of them, as it was last set. */
  labelId?: LabelId | undefined
  unassigned?: boolean | undefined
  after: number | undefined
  limit: number
}

/** Tracks in the order in which they came. */
export function listTracks(db: Db, { externalId, isrc, labelId, unassigned, after, limit }: TracksPage) {
  let query = db.selectFrom('tracks').select(columns)
  if (externalId !== undefined) query = query.where('external_id', '=', externalId)
  if (isrc !== undefined) query = query.where('isrc', '=', isrc)
  if (labelId !== undefined) {
    query = query.where(sql<boolean>`exists (
      select from track_rights r where r.label_id = ${labelId} and r.track_key = tracks.key and not exists (
        select from track_rights later where later.track_key = r.track_key and later.from_period > r.from_period))`)
  }
  if (unassigned === true) {
    // With an offset it is asked track by track, so that a page is not the work of all.
    query = query.where(sql<boolean>`not exists (select from track_rights r where r.track_key = tracks.key offset 0)`)
  }
  if (after !== undefined) query = query.where('key', '>', after)
  return query.orderBy('key').limit(limit).execute()
}

/** Who gets which part of these tracks, as it was last set, the largest part first. */
export async function latestRights(db: Db, keys: readonly number[]) {
  const { rows } = await sql<{ trackKey: number; labelId: LabelId; sharePpm: number; from: string }>`
    select wanted.key as "trackKey", r.label_id as "labelId", r.share_ppm as "sharePpm", r.from_period as "from"
    from unnest(${[...keys]}::integer[]) as wanted (key)
    cross join lateral (
      select label_id, share_ppm, from_period from track_rights
      where track_key = wanted.key
        and from_period = (select max(from_period) from track_rights where track_key = wanted.key)
      order by share_ppm desc, label_id limit ${maxShares}
    ) r
    order by wanted.key, r.share_ppm desc, r.label_id`.execute(db)
  return rows
}

export interface RightsVersion {
  from: string
  shares: { labelId: LabelId; sharePpm: number }[]
}

/** What was set of the rights to a track, the latest first, before a period where one is given. */
export async function listRights(
  db: Db,
  key: number,
  { before, limit }: { before: string | undefined; limit: number },
): Promise<RightsVersion[]> {
  const { rows } = await sql<{ from: string; labelId: LabelId; sharePpm: number }>`
    select r.from_period as "from", r.label_id as "labelId", r.share_ppm as "sharePpm"
    from (
      select distinct from_period from track_rights
      where track_key = ${key} and from_period < ${before ?? 'x'} order by from_period desc limit ${limit}
    ) version
    join track_rights r on r.track_key = ${key} and r.from_period = version.from_period
    order by r.from_period desc, r.share_ppm desc, r.label_id`.execute(db)
  const versions = Map.groupBy(rows, ({ from }) => from)
  return [...versions].map(([from, shares]) => ({
    from,
    shares: shares.map(({ labelId, sharePpm }) => ({ labelId, sharePpm })),
  }))
}

/** Sets the rights to a track from a period on, in place of those that were set from that one on. */
export async function replaceRights(tx: Db, key: number, { from, shares }: RightsVersion): Promise<void> {
  await tx.deleteFrom('track_rights').where('track_key', '=', key).where('from_period', '=', from).execute()
  if (shares.length === 0) return
  await tx
    .insertInto('track_rights')
    .values(
      shares.map(({ labelId, sharePpm }) => ({
        ...{ track_key: key, from_period: from },
        ...{ label_id: labelId, share_ppm: sharePpm },
      })),
    )
    .execute()
}

/** Which of these labels there are, kept from being removed until the end of the transaction. */
export async function holdLabels(tx: Db, ids: readonly LabelId[]): Promise<LabelId[]> {
  const rows = await tx
    .selectFrom('labels')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .orderBy('id')
    .forKeyShare()
    .execute()
  return rows.map(({ id }) => id)
}
