import { describe, expect, test } from 'vitest'
import { addListening, noSums } from '../totals/sums.ts'
import { dividePool } from './allocate.ts'
import type { Listening, Shares } from './model.ts'
import type { ModelName } from './models.ts'
import { poolOf } from './rules.ts'

const [x, y, z] = [1, 2, 3]

/** A listener whose fee counts in full, in cents, and what they heard: track, seconds, streams, of these long enough ones. */
function listener(feeCents: number, plays: [track: number, seconds: number, streams?: number, counted?: number][]) {
  const listening: Listening = {
    feeMicro: BigInt(feeCents) * 1_000_000n,
    plays: plays.map(([trackKey, seconds, streams = 1, counted = streams]) => ({
      trackKey,
      seconds: BigInt(seconds),
      streams: BigInt(streams),
      counted: BigInt(counted),
    })),
  }
  return listening
}

/** Each track is wholly of a label of its own, unless said otherwise. */
const ownLabels = (track: number): Shares => [
  { labelId: { [x]: 'X', [y]: 'Y', [z]: 'Z' }[track] ?? '', sharePpm: 1_000_000 },
]

function amounts(model: ModelName, listeners: readonly Listening[], sharesOf: (track: number) => Shares = ownLabels) {
  const sums = noSums([model])
  for (const one of listeners) addListening(sums, one, sharesOf, 1n)
  const pool = poolOf(listeners.reduce((sum, { feeMicro }) => sum + feeMicro, 0n))
  const weights = [...(sums.get(model) ?? [])].map(([key, { weight }]) => ({ key, weight }))
  return Object.fromEntries([...dividePool(pool, weights)].map(([payee, amount]) => [payee, Number(amount)]))
}

describe('the example of the press: A plays X 100 times, B plays Z 50 times, C plays X, Y and Z 50 times each; 10.00 each', () => {
  // Each time for a minute.
  const a = listener(1_000, [[x, 6_000, 100]])
  const b = listener(1_000, [[z, 3_000, 50]])
  const c = listener(1_000, [
    [x, 3_000, 50],
    [y, 3_000, 50],
    [z, 3_000, 50],
  ])

  test.each(['pro-rata-seconds', 'pro-rata-streams'] as const)('%s: of 300 plays X has 150, Z 100, Y 50', (model) => {
    expect(amounts(model, [a, b, c])).toEqual({ X: 1_500, Y: 500, Z: 1_000 })
  })

  test('user-centric: X has all of A and a third of C, Z all of B and a third of C, Y a third of C', () => {
    // A third of C is 333.333333 cents and a millionth is left over, which goes to the first of three equal tracks, X:
    // 1,333.333334 + 1,333.333333 + 333.333333. In whole cents 2,999; the last one goes to the largest remainder, X again.
    expect(amounts('user-centric-seconds', [a, b, c])).toEqual({ X: 1_334, Y: 333, Z: 1_333 })
  })
})

describe('pro-rata by seconds', () => {
  test('three who are equal share 100 cents: 33 each, and the one left over goes to the first by id', () => {
    const heard = listener(100, [
      [z, 7],
      [y, 7],
      [x, 7],
    ])
    expect(amounts('pro-rata-seconds', [heard])).toEqual({ X: 34, Y: 33, Z: 33 })
  })

  test('1,000 cents by 1 : 2 : 4 are 142.857, 285.714 and 571.428: two cents go to the two largest remainders', () => {
    const one = listener(600, [
      [x, 100],
      [y, 200],
    ])
    const other = listener(400, [[z, 400]])
    expect(amounts('pro-rata-seconds', [one, other])).toEqual({ X: 143, Y: 286, Z: 571 })
  })

  test('the fee of who heard nothing is in the pool all the same, and who pays nothing has a say', () => {
    const silent = listener(500, [])
    const guest = listener(0, [[y, 300]])
    const paying = listener(500, [[x, 100]])
    expect(amounts('pro-rata-seconds', [silent, guest, paying])).toEqual({ X: 250, Y: 750 })
  })

  test('a track without a label, and what is missing of another, is suspended', () => {
    // Of 400 seconds: 100 of X, 60 % of it a label's; 300 of Y, nobody's. 60 of 400 are 15 %.
    const shares = (track: number): Shares => (track === x ? [{ labelId: 'X', sharePpm: 600_000 }] : [])
    const heard = listener(1_000, [
      [x, 100],
      [y, 300],
    ])
    expect(amounts('pro-rata-seconds', [heard], shares)).toEqual({ X: 150, unassigned: 850 })
  })

  test('where nobody heard anything, all is suspended as unheard', () => {
    expect(amounts('pro-rata-seconds', [listener(799, []), listener(1, [[x, 0]])])).toEqual({ X: 0, unheard: 800 })
  })
})

describe('pro-rata by streams', () => {
  test('streams that are too short do not count, however many seconds they come to', () => {
    // X: 3 streams, 2 of them long enough. Y: 40 short ones. Z: 1 long one. 100 cents by 2 : 0 : 1 are 66.67 and 33.33.
    const heard = listener(100, [
      [x, 200, 3, 2],
      [y, 1_160, 40, 0],
      [z, 31, 1, 1],
    ])
    expect(amounts('pro-rata-streams', [heard])).toEqual({ X: 67, Y: 0, Z: 33 })
  })

  test('a tie of halves: 5 cents by 1 : 1 are 2.5 each, and the first by id has the third', () => {
    const heard = listener(5, [
      [y, 60],
      [x, 4_000],
    ])
    expect(amounts('pro-rata-streams', [heard])).toEqual({ X: 3, Y: 2 })
  })

  test('where all streams are short, all is suspended', () => {
    expect(amounts('pro-rata-streams', [listener(5, [[x, 29, 1, 0]])])).toEqual({ X: 0, unheard: 5 })
  })
})

describe('user-centric', () => {
  test('who heard nothing has the fee suspended; who pays nothing has no say; a track without a label is suspended', () => {
    const silent = listener(500, [])
    const muted = listener(100, [[x, 0]])
    const guest = listener(0, [[z, 86_400]])
    // 1,000 cents: a quarter to X, three quarters to a track of nobody.
    const paying = listener(1_000, [
      [x, 100],
      [y, 300],
    ])
    const shares = (track: number): Shares => (track === y ? [] : ownLabels(track))
    expect(amounts('user-centric-seconds', [silent, muted, guest, paying], shares)).toEqual({
      ...{ X: 250, Z: 0, unassigned: 750, unheard: 600 },
    })
  })

  test('a split of thirds: 10 cents by 1 : 2 are 3.33 and 6.67, of which one holder has a third and another two', () => {
    // X 3.333333 whole; of Y 6.666667: P has a third of it (333,333 millionths), Q the rest.
    // P 2.222220, Q 4.444447, X 3.333333; in whole cents 2 + 4 + 3, and the tenth goes to Q.
    const shares = (track: number): Shares =>
      track === x
        ? ownLabels(x)
        : [
            { labelId: 'P', sharePpm: 333_333 },
            { labelId: 'Q', sharePpm: 666_667 },
          ]
    const heard = listener(10, [
      [x, 50],
      [y, 100],
    ])
    expect(amounts('user-centric-seconds', [heard], shares)).toEqual({ X: 3, P: 2, Q: 5 })
  })

  test('one who plays day and night moves their own fee, not that of others', () => {
    const others = [listener(1_000, [[y, 60]]), listener(1_000, [[y, 60]])]
    const before = [...others, listener(1_000, [[x, 60]])]
    const after = [...others, listener(1_000, [[x, 2_678_400, 80_000]])]
    expect(amounts('user-centric-seconds', after)).toEqual(amounts('user-centric-seconds', before))
    // By a pro-rata model they take nearly all: 2,678,400 of 2,678,520 seconds of 3,000 cents.
    expect(amounts('pro-rata-seconds', before)).toEqual({ X: 1_000, Y: 2_000 })
    expect(amounts('pro-rata-seconds', after)).toEqual({ X: 3_000, Y: 0 })
  })
})
