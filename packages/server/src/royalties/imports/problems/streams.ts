import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import { ApiError } from '../../../errors.ts'
import { lastDay } from '../../periods/month.ts'
import { restate } from '../../totals/restate.ts'
import { rulesIn } from '../../totals/store.ts'
import { ensureTracks, listenerKeys } from '../loading/catalogue.ts'
import { shutNow } from '../loading/periods.ts'
import type { Applied } from '../loading/step.ts'
import type { FoundFormat } from '../reading/format.ts'
import type { BadRow, Row } from '../reading/row.ts'
import { type StreamRow, streamReader } from '../rows/streams.ts'
import type { Trying } from './resolve.ts'

interface Ready extends StreamRow {
  booked: string
  listenerKey: number
  trackKey: number
  flagged: boolean
}

/** Takes streams in that were in quarantine, and keeps the totals. */
export async function takeStreams(
  { db, tx, row, late, found }: Trying & { found: FoundFormat },
  rows: readonly Row[],
): Promise<Applied> {
  const read = streamReader(found, lastDay(new Date()))
  const bad: BadRow[] = []
  const valid = rows.flatMap((row) => {
    const stream = read(row)
    if (typeof stream !== 'string') return [stream]
    bad.push({ line: row.line, raw: row.raw, code: stream })
    return []
  })
  const byId = (known: readonly { externalId: string; key: number }[]) =>
    new Map(known.map(({ externalId, key }) => [externalId, key]))
  const listeners = byId(await listenerKeys(db, [...new Set(valid.map(({ listener }) => listener))]))
  const known = valid.filter(({ listener }) => listeners.has(listener))
  const tracks = byId(await ensureTracks(db, [...new Set(known.map(({ track }) => track))].sort()))
  const shut = await shutNow(
    tx,
    valid.map(({ period }) => period),
  )
  const ready: Ready[] = []
  for (const stream of valid) {
    const reason = shut.get(stream.period)
    const isLate = reason === 'PERIOD_CLOSED' && late !== undefined
    const [listenerKey, trackKey] = [listeners.get(stream.listener), tracks.get(stream.track)]
    const { line, raw, period, seconds } = stream
    if (listenerKey === undefined || trackKey === undefined) bad.push({ line, raw, code: 'UNKNOWN_LISTENER' })
    else if (reason !== undefined && !isLate) bad.push({ line, raw, code: reason })
    else {
      const flagged = seconds > (await rulesIn(tx, period)).suspiciousSeconds
      ready.push({ ...stream, booked: isLate ? (late ?? '') : period, listenerKey, trackKey, flagged })
    }
  }
  const touched = { periods: ready.map(({ booked }) => booked), listeners: ready.map(({ listenerKey }) => listenerKey) }
  await restate(tx, { ...touched, listeners: [...new Set(touched.listeners)] }, () => insert(tx, row.key, ready))
  return { accepted: ready.length, flagged: ready.filter(({ flagged }) => flagged).length, bad }
}

async function insert(tx: Db, importKey: number, streams: readonly Ready[]): Promise<void> {
  if (streams.length === 0) return
  const keys = [...new Set(streams.map(({ trackKey }) => trackKey))]
  const kept = await tx
    .selectFrom('tracks')
    .select('key')
    .where((eb) => eb('key', '=', eb.fn.any(eb.val(keys))))
    .orderBy('key')
    .forKeyShare()
    .execute()
  // One was removed meanwhile: at the next try it is made anew.
  if (kept.length < keys.length) throw new ApiError('UNAVAILABLE', { retryAfterMs: 1_000 })
  await sql`
    insert into streams (period, booked, listener_key, track_key, played_on, seconds, region, import_key, line, flagged)
    select g.period, g.booked, g.listener_key, g.track_key, g.played_on, g.seconds, g.region, ${importKey}, g.line, g.flagged
    from unnest(
      ${streams.map(({ period }) => period)}::text[], ${streams.map(({ booked }) => booked)}::text[],
      ${streams.map(({ listenerKey }) => listenerKey)}::integer[], ${streams.map(({ trackKey }) => trackKey)}::integer[],
      ${streams.map(({ day }) => day)}::date[], ${streams.map(({ seconds }) => seconds)}::integer[],
      ${streams.map(({ region }) => region)}::text[], ${streams.map(({ line }) => line)}::integer[],
      ${streams.map(({ flagged }) => flagged)}::boolean[]
    ) as g (period, booked, listener_key, track_key, played_on, seconds, region, line, flagged)`.execute(tx)
}
