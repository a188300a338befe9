/** Millionths of a minor unit (cent) in one: amounts within a calculation are counted in them. */
export const microPerMinor = 1_000_000n

/** All of a thing, in millionths. */
export const wholePpm = 1_000_000n

export interface Weight<Key> {
  key: Key
  /** Not below zero. */
  weight: bigint
}

/**
 * Divides an amount in proportion to weights, so that the parts come to the amount exactly (largest remainders, Hamilton's
 * method): each part is rounded down, and what is left over goes to the largest remainders, one unit each; of equal ones to
 * those that come first by key. Weights that come to nothing give parts of nothing: then the amount has to be 0.
 */
export function divide<Key extends string | number>(amount: bigint, weights: readonly Weight<Key>[]): Map<Key, bigint> {
  if (amount < 0n) throw new RangeError('An amount below zero is not divided.')
  let total = 0n
  for (const { weight } of weights) {
    if (weight < 0n) throw new RangeError('A weight is not below zero.')
    total += weight
  }
  if (total === 0n) {
    if (amount > 0n) throw new RangeError('Nobody has a weight.')
    return new Map(weights.map(({ key }) => [key, 0n]))
  }
  let left = amount
  const given = new Map<Key, bigint>()
  const remainders: { key: Key; remainder: bigint }[] = []
  for (const { key, weight } of weights) {
    const product = amount * weight
    const part = product / total
    left -= part
    given.set(key, part)
    remainders.push({ key, remainder: product - part * total })
  }
  if (given.size < weights.length) throw new RangeError('A key is there twice.')
  if (left === 0n) return given
  remainders.sort((a, b) => compare(b.remainder, a.remainder) || compare(a.key, b.key))
  for (const { key } of remainders.slice(0, Number(left))) given.set(key, (given.get(key) ?? 0n) + 1n)
  return given
}

function compare<Value extends bigint | string | number>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0
}
