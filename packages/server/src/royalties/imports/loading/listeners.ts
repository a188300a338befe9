import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import { keepCurrency, knownCurrency } from '../../periods/store.ts'
import { restate } from '../../totals/restate.ts'
import { originsIn } from '../../totals/store.ts'
import type { BadRow, Row } from '../reading/row.ts'
import { type FeeRow, feeIn, type ListenerRow } from '../rows/listeners.ts'
import type { RowCode } from '../schema.ts'
import { ensureListeners } from './catalogue.ts'
import { shutNow } from './periods.ts'
import type { Applied } from './step.ts'

export interface ListenerMeans {
  db: Db
  importKey: number
  decimal: ',' | '.'
  read: (row: Row) => ListenerRow | RowCode
  /** Where fees of closed periods are accounted; it is locked. Left out, they are not taken. */
  late?: string | undefined
}

interface KnownRow extends ListenerRow {
  key: number
}

export interface PreparedListeners {
  rows: KnownRow[]
  bad: BadRow[]
}

/** Reads rows of listeners, and has listeners for them. */
export async function prepareListeners({ db, read }: ListenerMeans, rows: readonly Row[]): Promise<PreparedListeners> {
  const bad: BadRow[] = []
  const valid: ListenerRow[] = []
  for (const row of rows) {
    const found = read(row)
    if (typeof found === 'string') bad.push({ line: row.line, raw: row.raw, code: found })
    else valid.push(found)
  }
  const ids = [...new Set(valid.map(({ listener }) => listener))].sort()
  const keys = new Map((await ensureListeners(db, ids)).map(({ externalId, key }) => [externalId, key]))
  return { bad, rows: valid.map((row) => ({ ...row, key: keys.get(row.listener) ?? 0 })) }
}

interface Fee {
  period: string
  booked: string
  key: number
  plan: string
  grossMinor: bigint
  origin: string
  line: number
}

/** Takes fees in and keeps the totals. Comes first in its transaction. */
export async function applyListeners(tx: Db, means: ListenerMeans, { rows, bad }: PreparedListeners): Promise<Applied> {
  const withFee = rows.flatMap((row) => (row.fee === null ? [] : [{ ...row, fee: row.fee }]))
  const periods = [...new Set(withFee.map(({ fee }) => fee.period))].sort()
  if (periods.length === 0) return { accepted: rows.length, flagged: 0, bad }
  const shut = await shutNow(tx, periods)
  const open = periods.filter((period) => !shut.has(period))
  const keys = [...new Set(withFee.filter(({ fee }) => !shut.has(fee.period)).map(({ key }) => key))]
  const refused = await restate(tx, { periods: open, listeners: keys }, async () => {
    const terms = await termsOf(tx, periods, withFee)
    const [fees, wrong]: [Fee[], BadRow[]] = [[], []]
    for (const row of withFee) {
      const reason = shut.get(row.fee.period)
      const isLate = reason === 'PERIOD_CLOSED' && means.late !== undefined
      const booked = isLate ? (means.late ?? '') : row.fee.period
      const fee = reason !== undefined && !isLate ? reason : feeOf(row, booked, terms, means.decimal)
      if (typeof fee === 'string') wrong.push({ line: row.line, raw: row.raw, code: fee })
      else fees.push(fee)
    }
    await insertFees(tx, means.importKey, fees)
    const booked = [...new Set(fees.map((fee) => fee.booked))]
    if (terms.currency !== undefined) await keepCurrency(tx, booked, terms.currency)
    return wrong
  })
  return { accepted: rows.length - refused.length, flagged: 0, bad: [...bad, ...refused] }
}

interface Terms {
  /** Of all accounts; undefined before the first fee. */
  currency: string | undefined
  origins: Map<string, Map<string, number>>
  /** Who has a fee in which period. */
  paid: Set<string>
}

const paidKey = (period: string, key: number) => `${period} ${key}`

async function termsOf(
  tx: Db,
  periods: readonly string[],
  rows: readonly { key: number; fee: FeeRow }[],
): Promise<Terms> {
  const { rows: paid } = await sql<{ period: string; key: number }>`
    select f.period, f.listener_key as key
    from unnest(${rows.map(({ fee }) => fee.period)}::text[], ${rows.map(({ key }) => key)}::integer[]) as g (period, key)
    join listener_fees f on f.period = g.period and f.listener_key = g.key`.execute(tx)
  const origins = new Map<string, Map<string, number>>()
  for (const period of periods) origins.set(period, await originsIn(tx, period))
  return {
    currency: await knownCurrency(tx),
    origins,
    paid: new Set(paid.map(({ period, key }) => paidKey(period, key))),
  }
}

function feeOf(
  { line, key, fee }: { line: number; key: number; fee: FeeRow },
  booked: string,
  terms: Terms,
  decimal: ',' | '.',
): Fee | RowCode {
  const { period, origin, plan } = fee
  const { origins, paid } = terms
  const currency = fee.currency ?? terms.currency
  if (currency === undefined) return 'CURRENCY_NEEDED'
  if (terms.currency !== undefined && terms.currency !== currency) return 'CURRENCY_MIXED'
  const grossMinor = feeIn(fee.text, decimal, currency)
  if (grossMinor === undefined) return 'FEE_INVALID'
  if (origins.get(period)?.has(origin) !== true) return 'UNKNOWN_ORIGIN'
  if (paid.has(paidKey(period, key))) return 'FEE_EXISTS'
  paid.add(paidKey(period, key))
  terms.currency = currency
  return { period, booked, key, plan, grossMinor, origin, line }
}

async function insertFees(tx: Db, importKey: number, fees: readonly Fee[]): Promise<void> {
  if (fees.length === 0) return
  await sql`
    insert into listener_fees (period, listener_key, booked, plan, gross_minor, origin, import_key, line)
    select g.period, g.key, g.booked, g.plan, g.gross_minor, g.origin, ${importKey}, g.line from unnest(
      ${fees.map(({ period }) => period)}::text[], ${fees.map(({ key }) => key)}::integer[],
      ${fees.map(({ booked }) => booked)}::text[], ${fees.map(({ plan }) => plan)}::text[],
      ${fees.map(({ grossMinor }) => String(grossMinor))}::bigint[], ${fees.map(({ origin }) => origin)}::text[],
      ${fees.map(({ line }) => line)}::integer[]
    ) as g (period, key, booked, plan, gross_minor, origin, line)`.execute(tx)
}
