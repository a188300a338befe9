import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { LabelId, ListenerId, UserId } from '../../ids.ts'

export interface PayeeTotals {
  model: string
  payee: string
  /** null where it is no label. */
  name: string | null
  seconds: bigint
  streams: bigint
  listeners: bigint
  weight: bigint
}

export interface PeriodTotals {
  currency: string | null
  state: 'open' | 'frozen' | 'closed'
  poolMicro: bigint
  payees: PayeeTotals[]
}

interface Row {
  currency: string | null
  state: 'open' | 'frozen' | 'closed'
  poolMicro: string
  model: string | null
  payee: string
  name: string | null
  seconds: bigint
  streams: bigint
  listeners: bigint
  weight: string
}

/** A period and its totals by some models, as of one moment; undefined where nothing has come for that month. */
export async function findTotals(db: Db, period: string, models: readonly string[]): Promise<PeriodTotals | undefined> {
  const { rows } = await sql<Row>`
    select p.currency, p.state, p.pool_micro as "poolMicro", t.model, t.payee, l.name, t.seconds, t.streams, t.listeners,
      t.weight
    from royalty_periods p
    left join royalty_totals t on t.period = p.id and t.model = any(${[...models]}::text[])
    left join labels l on l.id = t.payee
    where p.id = ${period}`.execute(db)
  const [first] = rows
  if (first === undefined) return undefined
  const { currency, state, poolMicro } = first
  const payees: PayeeTotals[] = []
  for (const { model, payee, name, seconds, streams, listeners, weight } of rows) {
    if (model !== null) payees.push({ model, payee, name, seconds, streams, listeners, weight: BigInt(weight) })
  }
  return { currency, state, poolMicro: BigInt(poolMicro), payees }
}

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

/** Names of labels by their ids. */
export async function namesOf(db: Db, ids: readonly LabelId[]): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('labels')
    .select(['id', 'name'])
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}
