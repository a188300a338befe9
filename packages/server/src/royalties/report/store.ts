import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { LabelId, ListenerId, UserId } from '../../ids.ts'

/** Totals by one model: lists of equal length, each value as text. They are long, and most of it is of lines of other pages. */
export interface ModelTotals {
  payees: readonly string[]
  weights: readonly string[]
  seconds: readonly string[]
  streams: readonly string[]
  listeners: readonly string[]
}

export interface PeriodTotals {
  currency: string | null
  state: 'open' | 'frozen' | 'closed'
  poolMicro: bigint
  byModel: ReadonlyMap<string, ModelTotals>
}

interface Row extends Record<keyof ModelTotals, string> {
  currency: string | null
  state: 'open' | 'frozen' | 'closed'
  poolMicro: string
  model: string | null
}

/** A period and its totals by some models, as of one moment; undefined where nothing has come for that month. */
export async function findTotals(db: Db, period: string, models: readonly string[]): Promise<PeriodTotals | undefined> {
  const { rows } = await sql<Row>`
    select p.currency, p.state, p.pool_micro as "poolMicro", t.model, t.payees, t.weights, t.seconds, t.streams, t.listeners
    from royalty_periods p
    left join (
      select model, array_agg(payee)::text as payees, array_agg(weight)::text as weights,
        array_agg(seconds)::text as seconds, array_agg(streams)::text as streams, array_agg(listeners)::text as listeners
      from royalty_totals where period = ${period} and model = any(${[...models]}::text[]) group by model
    ) t on true
    where p.id = ${period}`.execute(db)
  const [first] = rows
  if (first === undefined) return undefined
  const { currency, state, poolMicro } = first
  const byModel = new Map<string, ModelTotals>()
  for (const { model, payees, weights, seconds, streams, listeners } of rows) {
    if (model === null) continue
    byModel.set(model, {
      ...{ payees: listIn(payees), weights: listIn(weights) },
      ...{ seconds: listIn(seconds), streams: listIn(streams), listeners: listIn(listeners) },
    })
  }
  return { currency, state, poolMicro: BigInt(poolMicro), byModel }
}

/** What Postgres writes as an array of numbers, or of ids: `{1,2,3}`. */
const listIn = (array: string): string[] => array.slice(1, -1).split(',')

/** The labels that somebody is a member of. */
export async function labelsOf(db: Db, userId: UserId): Promise<LabelId[]> {
  const rows = await db.selectFrom('label_members').select('label_id as id').where('user_id', '=', userId).execute()
  return rows.map(({ id }) => id)
}

/** The listener who a user is. */
export async function listenerOf(db: Db, userId: UserId): Promise<ListenerId | undefined> {
  const row = await db.selectFrom('listeners').select('id').where('user_id', '=', userId).executeTakeFirst()
  return row?.id
}

/** What streams name a listener by. */
export async function keyOfListener(db: Db, id: ListenerId): Promise<number | undefined> {
  const row = await db.selectFrom('listeners').select('key').where('id', '=', id).executeTakeFirst()
  return row?.key
}

/** The names of labels. */
export async function namesOf(db: Db, labels: readonly { key: LabelId }[]): Promise<Map<string, string>> {
  if (labels.length === 0) return new Map()
  const rows = await db
    .selectFrom('labels')
    .select(['id', 'name'])
    .where((eb) => eb('id', '=', eb.fn.any(eb.val(labels.map(({ key }) => key)))))
    .execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}
