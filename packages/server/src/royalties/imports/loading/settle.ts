import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import { settleImport } from '../../totals/restate.ts'
import { type ImportRow, noteLoaded } from '../store.ts'
import { end, holdImport } from './ending.ts'
import type { Session } from './session.ts'
import { Overtaken, type Work } from './work.ts'

/** The last of an import: its streams are looked at day by day, and count from then on. */
export async function settle({ holder }: Work, { db }: Session, row: ImportRow): Promise<void> {
  if (row.kind === 'streams') {
    await db.transaction().execute(async (tx) => {
      await flagDays(tx, row.key)
      if (!(await noteLoaded(tx, row.id, holder))) throw new Overtaken()
    })
  }
  await db.transaction().execute(async (tx) => {
    if (row.kind === 'streams') await settleImport(tx, row.key)
    await end(tx, await holdImport(tx, row, holder), { state: 'done' })
  })
}

/** Flags all streams of days on which a listener heard more seconds than the policy says, as far as this import adds to them. */
async function flagDays(tx: Db, importKey: number): Promise<void> {
  await sql`
    with days as (
      select period, listener_key, played_on, sum(seconds) as seconds from streams
      where import_key = ${importKey} group by period, listener_key, played_on
    ), long as (
      select days.listener_key, days.played_on from days
      cross join lateral (
        select suspicious_seconds from royalty_policies where from_period <= days.period
        order by from_period desc limit 1
      ) policy
      where days.seconds > policy.suspicious_seconds
    )
    update streams set flagged = true from long
    where streams.import_key = ${importKey} and not flagged
      and streams.listener_key = long.listener_key and streams.played_on = long.played_on`.execute(tx)
  await sql`
    update imports set rows_flagged = (select count(*) from streams where import_key = ${importKey} and flagged)
    where key = ${importKey}`.execute(tx)
}
