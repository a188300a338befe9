import { createHash, type Hash } from 'node:crypto'
import type { Db } from '../../db/connect.ts'
import { isSuspended } from '../ledger/payees.ts'
import { allocate } from '../models/allocate.ts'
import type { ModelName } from '../models/models.ts'
import { poolOf } from '../models/rules.ts'
import type { ListenerOfPeriod } from '../totals/listening.ts'
import { type Settlement, settlementOf } from '../totals/settlement.ts'
import type { LineRow, PayeeRow } from './store.ts'

/** What a period comes to by a model, to the minor unit. */
export interface Settled {
  facts: Settlement
  poolMinor: bigint
  payoutsMinor: bigint
  suspenseMinor: bigint
  /** In the order of their names. */
  payees: PayeeRow[]
  /** By payee, then by track. */
  lines: LineRow[]
}

interface Wanted {
  period: string
  model: ModelName
  bookedUpTo?: string
  each?: (listening: ListenerOfPeriod) => void
}

/** Computes a period from its facts and divides its pool, exactly. */
export async function settle(db: Db, wanted: Wanted): Promise<Settled> {
  const facts = await settlementOf(db, wanted)
  const poolMinor = poolOf(facts.poolMicro)
  const divided = allocate({ poolMinor, lines: facts.lines })
  const nothing = { seconds: 0n, streams: 0n, listeners: 0n, weight: 0n }
  const payees = [...divided.payees]
    .map(([payee, amountMinor]) => ({ payee, ...(facts.payees.get(payee) ?? nothing), amountMinor }))
    .sort((a, b) => order(a.payee, b.payee))
  const lines = divided.lines.sort((a, b) => order(a.payee, b.payee) || a.trackKey - b.trackKey)
  const settled = { facts, poolMinor, payees, lines, ...sumsOf(payees) }
  requireConserved(settled)
  return settled
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const total = (rows: readonly { amountMinor: bigint }[]): bigint =>
  rows.reduce((sum, { amountMinor }) => sum + amountMinor, 0n)

function sumsOf(payees: readonly PayeeRow[]) {
  const suspenseMinor = total(payees.filter(({ payee }) => isSuspended(payee)))
  return { suspenseMinor, payoutsMinor: total(payees) - suspenseMinor }
}

/** No cent comes or goes: the parts come to the pool, the lines of each to their part. */
function requireConserved({ poolMinor, payees, lines }: Pick<Settled, 'poolMinor' | 'payees' | 'lines'>): void {
  if (total(payees) !== poolMinor) throw new Error(`The parts come to ${total(payees)}, the pool is ${poolMinor}.`)
  const byPayee = Map.groupBy(lines, ({ payee }) => payee)
  for (const { payee, amountMinor } of payees) {
    const sum = total(byPayee.get(payee) ?? [])
    if (sum !== amountMinor) throw new Error(`The lines of ${payee} come to ${sum}, not to ${amountMinor}.`)
  }
}

/** A digest of what a run is made of and of what it comes to, fed in a fixed order. */
export class RunDigest {
  readonly #hash: Hash = createHash('sha256')

  add(kind: string, ...values: readonly (string | number | bigint | null)[]): void {
    this.#hash.update(`${JSON.stringify([kind, ...values.map((value) => (value === null ? null : String(value)))])}\n`)
  }

  listening({ listenerKey, grossMinor, feeMicro, plays }: ListenerOfPeriod): void {
    const heard = [...plays].sort((a, b) => a.trackKey - b.trackKey)
    const texts = heard.map(({ trackKey, seconds, streams, counted }) => `${trackKey} ${seconds} ${streams} ${counted}`)
    this.add('listener', listenerKey, grossMinor, feeMicro, ...texts)
  }

  settled({ facts, poolMinor, payees, lines }: Settled): void {
    this.add('pool', facts.poolMicro, poolMinor)
    for (const row of payees) {
      this.add('payee', row.payee, row.seconds, row.streams, row.listeners, row.weight, row.amountMinor)
    }
    for (const row of lines) {
      this.add('line', row.payee, row.trackKey, row.sharePpm, row.seconds, row.streams, row.weight, row.amountMinor)
    }
  }

  end(): Buffer {
    return this.#hash.digest()
  }
}
