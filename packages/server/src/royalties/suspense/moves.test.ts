import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { movesOf } from './moves.ts'

const none = new Map<string, bigint>()
const moved = (
  suspendedMinor: bigint,
  shares: Record<string, number>,
  { given = none, before = {} }: { given?: ReadonlyMap<string, bigint>; before?: Record<string, number> } = {},
) => {
  const suspended = { suspendedMinor, given, before: new Map(Object.entries(before)) }
  return Object.fromEntries(movesOf(suspended, new Map(Object.entries(shares))))
}

describe('what is suspended goes', () => {
  test('to the holders in proportion, to the cent', () => {
    expect(moved(100n, { a: 1_000_000 })).toEqual({ a: 100n })
    expect(moved(100n, { a: 333_333, b: 333_333, c: 333_334 })).toEqual({ a: 33n, b: 33n, c: 34n })
    expect(moved(1n, { a: 500_000, b: 500_000 })).toEqual({ a: 1n })
  })

  test('as far as somebody holds it: the rest stays', () => {
    expect(moved(100n, { a: 600_000 })).toEqual({ a: 60n })
    expect(moved(100n, { a: 600_000, b: 400_000 }, { given: new Map([['a', 60n]]) })).toEqual({ b: 40n })
  })

  test('once: the same again moves nothing, nor do other holders get what was given', () => {
    const given = new Map([['a', 100n]])
    expect(moved(100n, { a: 1_000_000 }, { given })).toEqual({})
    expect(moved(100n, { b: 1_000_000 }, { given })).toEqual({})
  })

  test('to who lacked something: what they had in the period, they were paid for', () => {
    expect(moved(40n, { a: 600_000, b: 400_000 }, { before: { a: 600_000 } })).toEqual({ b: 40n })
    expect(moved(40n, { a: 600_000 }, { before: { a: 600_000 } })).toEqual({})
    expect(moved(40n, { a: 800_000, b: 200_000 }, { before: { a: 600_000 } })).toEqual({ a: 20n, b: 20n })
  })

  test('back, where late facts left less than was given', () => {
    const given = new Map([
      ['a', 60n],
      ['b', 40n],
    ])
    expect(moved(90n, { a: 600_000, b: 400_000 }, { given })).toEqual({ a: -6n, b: -4n })
    expect(moved(0n, { a: 1_000_000 }, { given })).toEqual({ a: -60n, b: -40n })
  })
})

test('whatever is said, and however often: what went and what stays come to what was suspended', () => {
  const share = fc.nat({ max: 333_333 })
  const said = fc.record({ a: share, b: share, c: share })
  const step = fc.record({ suspended: fc.bigInt({ min: 0n, max: 10_000n }), shares: said })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 5 }), said, (steps, before) => {
      const given = new Map<string, bigint>()
      for (const { suspended, shares } of steps) {
        for (let again = 0; again < 2; again++) {
          const moves = Object.entries(moved(suspended, shares, { given, before }))
          if (again > 0) expect(moves).toEqual([])
          for (const [name, amount] of moves) given.set(name, (given.get(name) ?? 0n) + amount)
        }
        const total = [...given.values()].reduce((sum, amount) => sum + amount, 0n)
        expect(total).toBeLessThanOrEqual(suspended)
        for (const amount of given.values()) expect(amount).toBeGreaterThanOrEqual(0n)
      }
    }),
  )
})
