import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { sql } from 'kysely'
import type pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { Db } from '../../../db/connect.ts'
import type { BadRow, Row } from '../reading/row.ts'
import type { StreamRow } from '../rows/streams.ts'
import type { RowCode } from '../schema.ts'
import { ensureTracks, listenerKeys } from './catalogue.ts'
import { createKeys } from './keys.ts'
import { shutPeriods } from './periods.ts'
import type { Session } from './session.ts'
import type { Applied } from './step.ts'

export interface StreamMeans {
  /** For what is looked up beside the transaction. */
  db: Db
  importKey: number
  read: (row: Row) => StreamRow | RowCode
  /** More seconds than this are flagged, by period. */
  suspicious: (period: string) => number
}

/** Streams of one period, as COPY takes them. */
interface Ready {
  tracks: Set<number>
  texts: string[]
  rows: StreamRow[]
  flagged: number
}

export interface PreparedStreams {
  byPeriod: Map<string, Ready>
  bad: BadRow[]
}

const columns = 'period, booked, listener_key, track_key, played_on, seconds, region, import_key, line, flagged'

/** Reads and matches rows of streams: all that can be done before the transaction. */
export function streamPreparer({ db, importKey, read, suspicious }: StreamMeans) {
  const listeners = createKeys((ids) => listenerKeys(db, ids))
  const tracks = createKeys((ids) => ensureTracks(db, ids))
  return async (rows: readonly Row[]): Promise<PreparedStreams> => {
    const bad: BadRow[] = []
    const valid: StreamRow[] = []
    for (const row of rows) {
      const stream = read(row)
      if (typeof stream === 'string') bad.push({ line: row.line, raw: row.raw, code: stream })
      else valid.push(stream)
    }
    await listeners.know(valid.map(({ listener }) => listener))
    const known = valid.filter(({ listener }) => listeners.get(listener) !== undefined)
    await tracks.know(known.map(({ track }) => track))
    const byPeriod = new Map<string, Ready>()
    for (const row of valid) {
      const [listener, track] = [listeners.get(row.listener), tracks.get(row.track)]
      if (listener === undefined || track === undefined) {
        bad.push({ line: row.line, raw: row.raw, code: 'UNKNOWN_LISTENER' })
        continue
      }
      const { period, day, seconds, region, line } = row
      const ready = byPeriod.get(period) ?? { tracks: new Set<number>(), texts: [], rows: [], flagged: 0 }
      byPeriod.set(period, ready)
      const isFlagged = seconds > suspicious(period)
      if (isFlagged) ready.flagged++
      ready.rows.push(row)
      ready.tracks.add(track)
      ready.texts.push(
        `${period}\t${period}\t${listener}\t${track}\t${day}\t${seconds}\t${region}\t${importKey}\t${line}\t${isFlagged ? 't' : 'f'}\n`,
      )
    }
    return { byPeriod, bad }
  }
}

/** Loads streams within a transaction of the session; those of shut periods go to quarantine. */
export async function loadStreams({ client }: Session, tx: Db, { byPeriod, bad }: PreparedStreams): Promise<Applied> {
  await keepTracks(tx, byPeriod)
  const shut = await shutPeriods(tx, [...byPeriod.keys()])
  const refused: BadRow[] = []
  const open: Ready[] = []
  for (const [period, ready] of byPeriod) {
    const code = shut.get(period)
    if (code === undefined) open.push(ready)
    else for (const { line, raw } of ready.rows) refused.push({ line, raw, code })
  }
  if (open.length > 0) await copyIn(client, open)
  return {
    accepted: open.reduce((sum, { rows }) => sum + rows.length, 0),
    flagged: open.reduce((sum, { flagged }) => sum + flagged, 0),
    bad: [...bad, ...refused],
  }
}

/** Nobody removes a track while streams of it are on the way; one that is gone is made anew by the next try. */
async function keepTracks(tx: Db, byPeriod: PreparedStreams['byPeriod']): Promise<void> {
  const keys = [...new Set([...byPeriod.values()].flatMap(({ tracks }) => [...tracks]))]
  await sql`lock table tracks in row share mode`.execute(tx)
  const { rows } = await sql<{ found: bigint }>`
    select count(*) as found from tracks where key = any(${keys}::integer[])`.execute(tx)
  if (Number(rows[0]?.found ?? 0n) < keys.length) throw new Error('A track was removed meanwhile.')
}

const piece = 2_000

async function copyIn(client: pg.PoolClient, ready: readonly Ready[]): Promise<void> {
  function* pieces() {
    for (const { texts } of ready) {
      for (let at = 0; at < texts.length; at += piece) {
        // What it is made of is ASCII.
        yield Buffer.from(texts.slice(at, at + piece).join(''), 'latin1')
      }
    }
  }
  await pipeline(Readable.from(pieces()), client.query(copyFrom(`copy streams (${columns}) from stdin`)))
}
