import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { ImportId, LabelId, ListenerId, RunId } from '../../ids.ts'
import { uncountedImports } from '../totals/store.ts'

export interface LineOf {
  runId: RunId
  labelId: LabelId
  trackKey: number
}

/** A line of a run, with what all of the run weighs. */
export async function findLine(db: Db, { runId, labelId, trackKey }: LineOf) {
  const row = await db
    .selectFrom('royalty_run_lines as l')
    .select(['l.seconds', 'l.streams', 'l.share_ppm as sharePpm', 'l.weight', 'l.amount_minor as amountMinor'])
    .select(sql<string>`(select sum(weight)::text from royalty_run_payees where run_id = ${runId})`.as('totalWeight'))
    .where('l.run_id', '=', runId)
    .where('l.payee', '=', labelId)
    .where('l.track_key', '=', trackKey)
    .executeTakeFirst()
  return row && { ...row, weight: BigInt(row.weight), totalWeight: BigInt(row.totalWeight) }
}

export interface TracedRow {
  id: bigint
  importId: ImportId | null
  fileName: string | null
  line: number | null
  listenerId: ListenerId
  playedOn: string
  seconds: number
  region: string
  booked: string
}

export interface StreamsOf {
  period: string
  trackKey: number
  after: bigint | undefined
  limit: number
}

/** The streams of a track in a period that count, by their number. */
export async function listStreamsOf(db: Db, { period, trackKey, after = 0n, limit }: StreamsOf): Promise<TracedRow[]> {
  const without = await uncountedImports(db)
  const { rows } = await sql<TracedRow>`
    select s.id, i.id as "importId", i.file_name as "fileName", nullif(s.line, 0) as line, l.id as "listenerId",
      s.played_on as "playedOn", s.seconds, s.region, s.booked
    from (
      select id, import_key, line, listener_key, played_on, seconds, region, booked from streams
      where track_key = ${trackKey} and period = ${period} and id > ${after}::bigint
        and import_key <> all(${without}::integer[])
      order by id limit ${limit}
    ) s
    join listeners l on l.key = s.listener_key
    left join imports i on i.key = s.import_key
    order by s.id`.execute(db)
  return rows
}
