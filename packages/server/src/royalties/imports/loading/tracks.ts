import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import { newId } from '../../../ids.ts'
import { wholePpm } from '../../../money.ts'
import { labelNameKey } from '../../labels/names.ts'
import { firstFreeMonth } from '../../periods/store.ts'
import { restate } from '../../totals/restate.ts'
import { rightsIn } from '../../totals/store.ts'
import { maxShares } from '../../tracks/schema.ts'
import type { BadRow, Row } from '../reading/row.ts'
import type { TrackRow } from '../rows/tracks.ts'
import type { RowCode } from '../schema.ts'
import { ensureTracks } from './catalogue.ts'
import type { Applied } from './step.ts'

interface KnownRow extends TrackRow {
  key: number
}

export interface PreparedTracks {
  rows: KnownRow[]
  bad: BadRow[]
}

/** Reads rows of tracks, and has tracks for them. */
export async function prepareTracks(
  { db, read }: { db: Db; read: (row: Row) => TrackRow | RowCode },
  rows: readonly Row[],
): Promise<PreparedTracks> {
  const bad: BadRow[] = []
  const valid: TrackRow[] = []
  for (const row of rows) {
    const found = read(row)
    if (typeof found === 'string') bad.push({ line: row.line, raw: row.raw, code: found })
    else valid.push(found)
  }
  const ids = [...new Set(valid.map(({ track }) => track))].sort()
  const keys = new Map((await ensureTracks(db, ids)).map(({ externalId, key }) => [externalId, key]))
  return { bad, rows: valid.map((row) => ({ ...row, key: keys.get(row.track) ?? 0 })) }
}

/** Takes titles, codes and rights in and keeps the totals. Comes first in its transaction. */
export async function applyTracks(tx: Db, importKey: number, { rows, bad }: PreparedTracks): Promise<Applied> {
  const named = rows.flatMap((row) => (row.label === null ? [] : [{ ...row, label: row.label }]))
  const refused = named.length === 0 ? [] : await applyRights(tx, importKey, named)
  const lines = new Set(refused.map(({ line }) => line))
  await nameTracks(
    tx,
    rows.filter(({ line }) => !lines.has(line)),
  )
  return { accepted: rows.length - refused.length, flagged: 0, bad: [...bad, ...refused] }
}

type NamedRow = KnownRow & { label: string }

async function applyRights(tx: Db, importKey: number, rows: readonly NamedRow[]): Promise<BadRow[]> {
  const from = await firstFreeMonth(tx)
  const heard = [...new Set(rows.map(({ key }) => key))]
  return restate(tx, { periods: { from }, listeners: { heard } }, async () => {
    const labels = await ensureLabels(tx, rows)
    // What this import said before: with rows above, or before it was broken off.
    const own = (await rightsIn(tx, from, heard)).filter((right) => right.importKey === importKey)
    const known = Map.groupBy(own, ({ trackKey }) => trackKey)
    const refused: BadRow[] = []
    const set: { key: number; labelId: string; sharePpm: number }[] = []
    for (const [key, ofTrack] of Map.groupBy(rows, (row) => row.key)) {
      const { shares, bad } = sharesOf(ofTrack, known.get(key) ?? [], labels)
      refused.push(...bad)
      for (const [labelId, sharePpm] of shares) set.push({ key, labelId, sharePpm })
    }
    await replaceRights(tx, { from, tracks: heard, importKey }, set)
    return refused
  })
}

interface Own {
  from: string
  tracks: readonly number[]
  importKey: number
}

/**
 * Who gets which part of a track: what the rows of its file say, wherever they are in it, and nobody else. A row that would
 * bring it above the whole is not taken.
 */
function sharesOf(
  rows: readonly NamedRow[],
  own: readonly { labelId: string; sharePpm: number }[],
  labels: ReadonlyMap<string, string>,
): { shares: Map<string, number>; bad: BadRow[] } {
  const shares = new Map(own.map(({ labelId, sharePpm }) => [labelId, sharePpm]))
  let sum = own.reduce((total, { sharePpm }) => total + sharePpm, 0)
  const bad: BadRow[] = []
  for (const { line, raw, label, sharePpm } of rows) {
    const labelId = labels.get(labelNameKey(label)) ?? ''
    const isOneMore = !shares.has(labelId) && shares.size >= maxShares
    if (isOneMore || sum + sharePpm > Number(wholePpm)) bad.push({ line, raw, code: 'SHARES_TOO_HIGH' })
    else {
      shares.set(labelId, (shares.get(labelId) ?? 0) + sharePpm)
      sum += sharePpm
    }
  }
  return { shares, bad }
}

/** The ids of labels by the keys of their names; those that are not there are made. */
async function ensureLabels(tx: Db, rows: readonly { label: string }[]): Promise<Map<string, string>> {
  const names = new Map(rows.map(({ label }) => [labelNameKey(label), label.replace(/\s+/g, ' ')] as const).reverse())
  const keys = [...names.keys()].sort()
  await sql`
    insert into labels (id, name, name_key)
    select g.id, g.name, g.name_key from unnest(
      ${keys.map(() => newId('label'))}::text[], ${keys.map((key) => names.get(key))}::text[], ${keys}::text[]
    ) as g (id, name, name_key)
    where not exists (select from labels where name_key = g.name_key)
    order by g.name_key collate "C"
    on conflict (name_key) do nothing`.execute(tx)
  const { rows: labels } = await sql<{ id: string; key: string }>`
    select id, name_key as key from labels where name_key = any(${keys}::text[]) order by id for key share`.execute(tx)
  return new Map(labels.map(({ id, key }) => [key, id]))
}

async function replaceRights(
  tx: Db,
  { from, tracks, importKey }: Own,
  set: readonly { key: number; labelId: string; sharePpm: number }[],
): Promise<void> {
  await sql`
    delete from track_rights where track_key = any(${[...tracks]}::integer[]) and from_period = ${from}`.execute(tx)
  await sql`
    insert into track_rights (track_key, from_period, label_id, share_ppm, import_key)
    select g.key, ${from}, g.label_id, g.share_ppm, ${importKey}::integer from unnest(
      ${set.map(({ key }) => key)}::integer[], ${set.map(({ labelId }) => labelId)}::text[],
      ${set.map(({ sharePpm }) => sharePpm)}::integer[]
    ) as g (key, label_id, share_ppm)`.execute(tx)
}

/** What is left out stays as it is. Of several rows of a track, the last one that says it. */
async function nameTracks(tx: Db, rows: readonly KnownRow[]): Promise<void> {
  const tracks = new Map<number, { title: string | null; isrc: string | null }>()
  for (const { key, title, isrc } of rows) {
    const before = tracks.get(key)
    tracks.set(key, { title: title ?? before?.title ?? null, isrc: isrc ?? before?.isrc ?? null })
  }
  const keys = [...tracks.keys()].sort((a, b) => a - b)
  await sql`
    update tracks t set title = coalesce(g.title, t.title), isrc = coalesce(g.isrc, t.isrc), modified_at = now()
    from unnest(
      ${keys}::integer[], ${keys.map((key) => tracks.get(key)?.title ?? null)}::text[],
      ${keys.map((key) => tracks.get(key)?.isrc ?? null)}::text[]
    ) as g (key, title, isrc)
    where t.key = g.key
      and (t.title is distinct from coalesce(g.title, t.title) or t.isrc is distinct from coalesce(g.isrc, t.isrc))`.execute(
    tx,
  )
}
