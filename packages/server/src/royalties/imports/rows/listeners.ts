import type { KeptFormat } from '../reading/format.ts'
import type { Row } from '../reading/row.ts'
import type { RowCode } from '../schema.ts'
import { decimalsOf, unitsIn } from './amounts.ts'
import { wrongId } from './streams.ts'

export interface FeeRow {
  period: string
  /** As it is written: what it comes to depends on the currency. */
  text: string
  /** null: the one that the period has. */
  currency: string | null
  origin: string
  plan: string
}

export interface ListenerRow {
  line: number
  raw: string
  listener: string
  fee: FeeRow | null
}

const longestPlan = 100

/** Reads rows of listeners; what is wrong with one is told by its code. */
export function listenerReader({ found, ...asked }: KeptFormat): (row: Row) => ListenerRow | RowCode {
  const layout = found?.layout ?? {}
  return ({ line, raw, fields }) => {
    const at = (index: number | undefined) => (index === undefined ? '' : (fields[index] ?? '').trim())
    const listener = at(layout.listener)
    const wrong = wrongId(listener)
    if (wrong !== undefined) return wrong
    const text = at(layout.fee)
    if (text === '') return { line, raw, listener, fee: null }
    const period = at(layout.period) || (asked.period ?? '')
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(period) || period < '1990') return 'PERIOD_INVALID'
    const currency = at(layout.currency).toUpperCase() || asked.currency
    if (currency !== null && decimalsOf(currency) === undefined) return 'CURRENCY_INVALID'
    const plan = at(layout.plan)
    if (plan.length > longestPlan || /[\r\n]/.test(plan)) return 'PLAN_INVALID'
    return { line, raw, listener, fee: { period, text, currency, origin: at(layout.origin), plan } }
  }
}

const mostMinor = 1_000_000_000n

/** A fee in minor units of its currency, exactly. */
export function feeIn(text: string, decimal: ',' | '.', currency: string): bigint | undefined {
  const decimals = decimalsOf(currency)
  const minor = decimals === undefined ? undefined : unitsIn(text, decimal, decimals)
  return minor !== undefined && minor <= mostMinor ? minor : undefined
}
