import { divide, type Weight } from '../../money.ts'
import { unheard } from './model.ts'

/** The part of a track in what a payee gets. */
export interface Line {
  /** A label's id, `unassigned` or `unheard`. */
  payee: string
  /** 0 where it is none. */
  trackKey: number
  sharePpm: number
  seconds: bigint
  streams: bigint
  weight: bigint
}

/**
 * Divides the pool among payees, exactly. Where nobody has a weight, nothing was heard by anybody, and all of it is suspended
 * as `unheard`.
 */
export function dividePool(poolMinor: bigint, weights: readonly Weight<string>[]): Map<string, bigint> {
  if (weights.some(({ weight }) => weight > 0n)) return divide(poolMinor, weights)
  const amounts = divide(0n, weights)
  return poolMinor > 0n ? amounts.set(unheard, poolMinor) : amounts
}

/** The same, and divides what each payee gets among their tracks: both come to the pool exactly. Each payee has a track once. */
export function allocate({ poolMinor, lines }: { poolMinor: bigint; lines: Iterable<Line> }): {
  payees: Map<string, bigint>
  lines: (Line & { amountMinor: bigint })[]
} {
  const byPayee = Map.groupBy(lines, ({ payee }) => payee)
  const payees = dividePool(
    poolMinor,
    [...byPayee].map(([key, own]) => ({ key, weight: own.reduce((sum, { weight }) => sum + weight, 0n) })),
  )
  const divided = [...payees].flatMap(([payee, amount]) => {
    const own = byPayee.get(payee) ?? []
    if (own.every(({ weight }) => weight === 0n)) return withNone(payee, own, amount)
    const amounts = divide(
      amount,
      own.map(({ trackKey, weight }) => ({ key: trackKey, weight })),
    )
    return own.map((line) => ({ ...line, amountMinor: amounts.get(line.trackKey) ?? 0n }))
  })
  return { payees, lines: divided }
}

/** An amount that rests on no track. */
function withNone(payee: string, own: readonly Line[], amountMinor: bigint) {
  const lines = own.filter(({ trackKey }) => trackKey > 0).map((line) => ({ ...line, amountMinor: 0n }))
  if (amountMinor === 0n) return lines
  return [...lines, { payee, trackKey: 0, sharePpm: 1_000_000, seconds: 0n, streams: 0n, weight: 0n, amountMinor }]
}
