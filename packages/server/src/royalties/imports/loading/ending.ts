import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import { removeSoon } from '../../../uploads/remove.ts'
import { releaseUploads } from '../../../uploads/uses/store.ts'
import { forgetCurrency } from '../../periods/store.ts'
import { restate } from '../../totals/restate.ts'
import { type Ending, endImport, type ImportRow, lockImport } from '../store.ts'
import { Overtaken, type Work } from './work.ts'

/** Ends an import and lets go of its upload, all in the caller's transaction. */
export async function end(tx: Db, { id, uploadId }: ImportRow, ending: Ending): Promise<void> {
  await endImport(tx, id, ending)
  if (uploadId === null) return
  await releaseUploads(tx, [uploadId])
  await removeSoon(tx)
}

const atATime = 50_000

/** Ends an import whose file is not taken: nothing of its streams and fees is left. */
export async function fail(work: Pick<Work, 'db'>, row: ImportRow, code: string, problem: string): Promise<void> {
  const { db } = work
  for (;;) {
    const { numAffectedRows = 0n } = await sql`
      delete from streams where (period, listener_key, id) in (
        select period, listener_key, id from streams where import_key = ${row.key} limit ${atATime}
      )`.execute(db)
    if (numAffectedRows < BigInt(atATime)) break
  }
  await db.transaction().execute(async (tx) => {
    await removeFees(tx, row.key)
    const now = await lockImport(tx, row.id)
    if (now !== undefined) await end(tx, now, { state: 'failed', code, problem: problem.slice(0, 1_000) })
  })
}

async function removeFees(tx: Db, importKey: number): Promise<void> {
  const { rows } = await sql<{ period: string; keys: number[] }>`
    select booked as period, array_agg(listener_key) as keys from listener_fees
    where import_key = ${importKey} group by booked`.execute(tx)
  if (rows.length === 0) return
  const periods = rows.map(({ period }) => period)
  await restate(tx, { periods, listeners: [...new Set(rows.flatMap(({ keys }) => keys))] }, async () => {
    await sql`delete from listener_fees where import_key = ${importKey}`.execute(tx)
    await forgetCurrency(tx, periods)
  })
}

/** That an import is still held; its row is locked until the end of the transaction. */
export async function holdImport(tx: Db, { id }: ImportRow, holder: string): Promise<ImportRow> {
  const { rows } = await sql<{ held: boolean }>`
    select holder = ${holder} as held from imports where id = ${id} for update`.execute(tx)
  const now = rows[0]?.held === true ? await lockImport(tx, id) : undefined
  if (now === undefined) throw new Overtaken()
  return now
}
