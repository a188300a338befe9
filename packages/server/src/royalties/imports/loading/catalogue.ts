import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import { newId } from '../../../ids.ts'

type Known = { externalId: string; key: number }[]

/** The keys of these listeners, of those that there are. */
export async function listenerKeys(db: Db, ids: readonly string[]): Promise<Known> {
  const { rows } = await sql<Known[number]>`
    select external_id as "externalId", key from listeners where external_id = any(${[...ids]}::text[])`.execute(db)
  return rows
}

export async function trackKeys(db: Db, ids: readonly string[]): Promise<Known> {
  const { rows } = await sql<Known[number]>`
    select external_id as "externalId", key from tracks where external_id = any(${[...ids]}::text[])`.execute(db)
  return rows
}

/** The keys of these tracks, which are made where there are none: without title and rights. Ids in their order. */
export async function ensureTracks(db: Db, ids: readonly string[]): Promise<Known> {
  const known = await trackKeys(db, ids)
  const there = new Set(known.map(({ externalId }) => externalId))
  const missing = ids.filter((id) => !there.has(id))
  if (missing.length === 0) return known
  await sql`
    insert into tracks (id, external_id)
    select given.id, given.external_id
    from unnest(${missing.map(() => newId('track'))}::text[], ${missing}::text[]) as given (id, external_id)
    order by given.external_id collate "C"
    on conflict (external_id) do nothing`.execute(db)
  return [...known, ...(await trackKeys(db, missing))]
}

/** The same of listeners. */
export async function ensureListeners(db: Db, ids: readonly string[]): Promise<Known> {
  const known = await listenerKeys(db, ids)
  const there = new Set(known.map(({ externalId }) => externalId))
  const missing = ids.filter((id) => !there.has(id))
  if (missing.length === 0) return known
  await sql`
    insert into listeners (id, external_id)
    select given.id, given.external_id
    from unnest(${missing.map(() => newId('listener'))}::text[], ${missing}::text[]) as given (id, external_id)
    order by given.external_id collate "C"
    on conflict (external_id) do nothing`.execute(db)
  return [...known, ...(await listenerKeys(db, missing))]
}
