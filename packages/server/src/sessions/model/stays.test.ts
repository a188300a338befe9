import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Fact, staysOf } from './stays.ts'

const at = (minute: number) => new Date(Date.UTC(2030, 0, 1, 12, minute))
const joined = (minute: number, told = true): Fact => ({ kind: 'joined', at: at(minute), told })
const left = (minute: number, told = true): Fact => ({ kind: 'left', at: at(minute), told })
const minutes = (facts: readonly Fact[], endedAt: Date | null = null) =>
  staysOf(facts, endedAt).map(({ joinedAt, leftAt }) => [joinedAt.getUTCMinutes(), leftAt?.getUTCMinutes() ?? null])

describe('what is known of comings and goings comes to stays', () => {
  test('in order, and in any other order', () => {
    const facts = [joined(1), left(3), joined(5)]
    expect(minutes(facts)).toEqual([
      [1, 3],
      [5, null],
    ])
    expect(minutes(facts.toReversed())).toEqual(minutes(facts))
  })

  test('a leaving that comes late closes the stay that it falls into, and no later one', () => {
    expect(minutes([joined(1), joined(5), left(3)])).toEqual([
      [1, 3],
      [5, null],
    ])
  })

  test('a leaving of which the coming is not known stands for itself', () => {
    expect(minutes([left(3)])).toEqual([[3, 3]])
    expect(minutes([left(3), joined(5)])).toEqual([
      [3, 3],
      [5, null],
    ])
  })

  test('a leaving that was lost is over by the next coming', () => {
    expect(minutes([joined(1), joined(5)])).toEqual([
      [1, 5],
      [5, null],
    ])
  })

  test('what is told goes before what was concluded', () => {
    expect(minutes([joined(1), left(4, false)])).toEqual([[1, 4]])
    expect(minutes([joined(1), left(4, false), left(3)])).toEqual([[1, 3]])
    expect(minutes([joined(1), left(4, false), left(6)])).toEqual([[1, 6]])
    expect(minutes([joined(2), joined(4, false)])).toEqual([[2, null]])
    expect(minutes([joined(4, false), left(6)])).toEqual([[4, 6]])
    expect(minutes([joined(2), left(3), joined(4, false)])).toEqual([
      [2, 3],
      [4, null],
    ])
  })

  test('nobody stays longer than the session', () => {
    expect(minutes([joined(1), left(9), joined(12)], at(7))).toEqual([[1, 7]])
    expect(minutes([joined(1)], at(7))).toEqual([[1, 7]])
  })
})

const fact = fc.record({
  kind: fc.constantFrom('joined' as const, 'left' as const),
  at: fc.integer({ min: 0, max: 50 }).map(at),
  told: fc.boolean(),
})

test('whatever the order, and however often: the same stays, which follow on each other', () => {
  fc.assert(
    fc.property(
      fc.array(fact, { maxLength: 20 }),
      fc.infiniteStream(fc.nat()),
      fc.option(fc.integer({ max: 60, min: 0 })),
      (facts, random, end) => {
        const endedAt = end === null ? null : at(end)
        const stays = staysOf(facts, endedAt)
        const order = [...facts, ...facts].map((one) => ({ one, by: random.next().value }))
        const others = order.toSorted((a, b) => a.by - b.by).map(({ one }) => one)
        expect(staysOf(others, endedAt)).toEqual(stays)
        for (const [index, { joinedAt, leftAt }] of stays.entries()) {
          if (leftAt !== null) expect(leftAt >= joinedAt).toBe(true)
          const next = stays[index + 1]
          if (next !== undefined) expect(leftAt !== null && leftAt <= next.joinedAt).toBe(true)
        }
      },
    ),
    { numRuns: 3_000 },
  )
})
