import type { Db } from '../../../db/connect.ts'
import { lastDay } from '../../periods/month.ts'
import { knownCurrency } from '../../periods/store.ts'
import { FileRefused } from '../reading/detect.ts'
import type { KeptFormat } from '../reading/format.ts'
import type { Row } from '../reading/row.ts'
import { listenerReader } from '../rows/listeners.ts'
import { streamReader } from '../rows/streams.ts'
import { trackReader } from '../rows/tracks.ts'
import type { ImportRow } from '../store.ts'
import { applyListeners, prepareListeners } from './listeners.ts'
import type { Session } from './session.ts'
import type { Applied } from './step.ts'
import { loadStreams, streamPreparer } from './streams.ts'
import { applyTracks, prepareTracks } from './tracks.ts'

/** Takes rows in that were prepared. Comes first in its transaction. */
export type Apply = (session: Session, tx: Db) => Promise<Applied>

/** Prepares rows of one kind: all that can be done beside the transaction of the rows before. */
export type Loader = (rows: readonly Row[]) => Promise<Apply>

/** @throws FileRefused where something is missing that the file does not say */
export async function loaderOf(db: Db, { kind, key: importKey }: ImportRow, format: KeptFormat): Promise<Loader> {
  const { found } = format
  if (found === null) throw new FileRefused('UNREADABLE', 'Nobody knows how the file is written.')
  if (kind === 'streams') {
    const suspicious = await suspiciousIn(db)
    const prepare = streamPreparer({ db, importKey, read: streamReader(found, lastDay(new Date())), suspicious })
    return async (rows) => {
      const prepared = await prepare(rows)
      return (session, tx) => loadStreams(session, tx, prepared)
    }
  }
  if (kind === 'tracks') {
    const read = trackReader(found)
    return async (rows) => {
      const prepared = await prepareTracks({ db, read }, rows)
      return (_session, tx) => applyTracks(tx, importKey, prepared)
    }
  }
  await needCurrency(db, format)
  const means = { db, importKey, decimal: found.decimal, read: listenerReader(format) }
  return async (rows) => {
    const prepared = await prepareListeners(means, rows)
    return (_session, tx) => applyListeners(tx, means, prepared)
  }
}

async function needCurrency(db: Db, { found, currency }: KeptFormat): Promise<void> {
  if (found?.columns.fee === undefined || found.columns.currency !== undefined || currency !== null) return
  if ((await knownCurrency(db)) !== undefined) return
  throw new FileRefused(
    'CURRENCY_NEEDED',
    'The fees have no currency: say which (`currency`), or have a column for it.',
  )
}

async function suspiciousIn(db: Db): Promise<(period: string) => number> {
  const policies = await db
    .selectFrom('royalty_policies')
    .select(['from_period as from', 'suspicious_seconds as seconds'])
    .orderBy('from_period', 'desc')
    .execute()
  return (period) => policies.find(({ from }) => from <= period)?.seconds ?? Number.POSITIVE_INFINITY
}
