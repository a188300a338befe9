import { divide, wholePpm } from '../../money.ts'

export interface Suspended<Holder extends string> {
  /** All that was suspended of a track in a period, also what came late. */
  suspendedMinor: bigint
  /** What went to whom of it since. */
  given: ReadonlyMap<Holder, bigint>
  /** Who had which part of the track in that period, in millionths: they were paid for it. */
  before: ReadonlyMap<string, number>
}

const nobody = ''

/**
 * Who gets what is suspended still, once a track has these holders: in proportion to what they lacked. What nobody holds stays.
 * What was given before is taken back only where late facts left less than that. Pure.
 */
export function movesOf<Holder extends string>(
  { suspendedMinor, given, before }: Suspended<Holder>,
  shares: ReadonlyMap<Holder, number>,
): Map<Holder, bigint> {
  const rest = [...given.values()].reduce((left, amount) => left - amount, suspendedMinor)
  if (rest === 0n) return new Map()
  if (rest < 0n) {
    const taken = divide(
      -rest,
      [...given].map(([key, amount]) => ({ key, weight: amount > 0n ? amount : 0n })),
    )
    return nonZero([...taken].map(([holder, amount]) => [holder, -amount]))
  }
  const lacking = [...shares].map(([key, share]) => ({ key, weight: atLeastNothing(share - (before.get(key) ?? 0)) }))
  const lacked = lacking.reduce((sum, { weight }) => sum + weight, 0n)
  const held = [...before.values()].reduce((sum, share) => sum + BigInt(share), 0n)
  const kept = wholePpm - held > lacked ? wholePpm - held - lacked : 0n
  if (lacked === 0n) return new Map()
  const due = divide<Holder | typeof nobody>(suspendedMinor, [...lacking, { key: nobody, weight: kept }])
  const wanted = lacking.map(({ key }) => {
    const more = (due.get(key) ?? 0n) - (given.get(key) ?? 0n)
    return { key, weight: more > 0n ? more : 0n }
  })
  const all = wanted.reduce((sum, { weight }) => sum + weight, 0n)
  const isEnough = all <= rest
  return nonZero([...divide(isEnough ? all : rest, wanted)])
}

const atLeastNothing = (ppm: number): bigint => (ppm > 0 ? BigInt(ppm) : 0n)

const nonZero = <Holder>(parts: readonly (readonly [Holder, bigint])[]): Map<Holder, bigint> =>
  new Map(parts.filter(([, amount]) => amount !== 0n))
