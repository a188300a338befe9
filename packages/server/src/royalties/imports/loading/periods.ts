import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import { ensurePeriods } from '../../periods/store.ts'
import type { RowCode } from '../schema.ts'

export type Shut = Extract<RowCode, 'PERIOD_CLOSED' | 'PERIOD_FROZEN'>

async function lastClosed(db: Db): Promise<string> {
  const { rows } = await sql<{ closed: string | null }>`
    select max(id) as closed from royalty_periods where state = 'closed'`.execute(db)
  return rows[0]?.closed ?? ''
}

/** Which of these periods nothing is accounted in any more, and why: as it is now. */
export async function shutNow(db: Db, ids: readonly string[]): Promise<Map<string, Shut>> {
  const closed = await lastClosed(db)
  const { rows } = await sql<{ id: string; state: string }>`
    select id, state from royalty_periods where id = any(${[...new Set(ids)]}::text[])`.execute(db)
  return shutAmong(ids, rows, closed)
}

/** The same; the others stay open until the end of the transaction, and have their rows. */
export async function shutPeriods(tx: Db, ids: readonly string[]): Promise<Map<string, Shut>> {
  const closed = await lastClosed(tx)
  const open = ids.filter((id) => id > closed)
  await ensurePeriods(tx, open)
  const { rows } = await sql<{ id: string; state: string }>`
    select id, state from royalty_periods where id = any(${[...new Set(ids)]}::text[]) order by id for share`.execute(
    tx,
  )
  return shutAmong(ids, rows, closed)
}

function shutAmong(ids: readonly string[], rows: readonly { id: string; state: string }[], closed: string) {
  const states = new Map(rows.map(({ id, state }) => [id, state]))
  return new Map(
    [...new Set(ids)].flatMap((id): [string, Shut][] => {
      const state = states.get(id) ?? (id <= closed ? 'closed' : 'open')
      return state === 'open' ? [] : [[id, state === 'closed' ? 'PERIOD_CLOSED' : 'PERIOD_FROZEN']]
    }),
  )
}
