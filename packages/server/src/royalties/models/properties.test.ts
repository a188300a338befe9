import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addListening, noSums } from '../totals/sums.ts'
import { allocate, dividePool, type Line } from './allocate.ts'
import type { Listening, Play, Shares } from './model.ts'
import { type ModelName, modelNames, models } from './models.ts'
import { poolOf } from './rules.ts'

const runs = { numRuns: 150 }

const play = fc
  .record({
    trackKey: fc.integer({ min: 1, max: 12 }),
    seconds: fc.oneof(fc.bigInt(0n, 500n), fc.bigInt(0n, 2_678_400n)),
    streams: fc.bigInt(1n, 50n),
    short: fc.bigInt(0n, 50n),
  })
  .map(({ short, ...rest }): Play => ({ ...rest, counted: rest.streams > short ? rest.streams - short : 0n }))

const listening: fc.Arbitrary<Listening> = fc.record({
  feeMicro: fc.oneof(fc.constant(0n), fc.bigInt(0n, 20_000_000n), fc.bigInt(0n, 1_000_000_000_000_000n)),
  plays: fc.uniqueArray(play, { maxLength: 6, selector: ({ trackKey }) => trackKey }),
})

const listeners = fc.array(listening, { maxLength: 8 })

/** Who has which part of each of the tracks: nobody, or up to three of seven labels, all of it or less. */
const shares: fc.Arbitrary<Shares[]> = fc.array(
  fc
    .uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 3 })
    .chain((labels) =>
      fc
        .array(fc.integer({ min: 1, max: 333_333 }), { minLength: labels.length, maxLength: labels.length })
        .map((parts) => labels.map((label, at) => ({ labelId: `lbl_${label}`, sharePpm: parts[at] ?? 1 }))),
    )
    .chain((some) =>
      fc
        .boolean()
        .map(
          (isWhole): Shares =>
            some.length === 1 && isWhole ? some.map((share) => ({ ...share, sharePpm: 1_000_000 })) : some,
        ),
    ),
  { minLength: 13, maxLength: 13 },
)

function weightsOf(model: ModelName, all: readonly Listening[], owners: readonly Shares[]): Map<string, bigint> {
  const sums = noSums([model])
  for (const one of all) addListening(sums, one, (track) => owners[track] ?? [], 1n)
  return new Map([...(sums.get(model) ?? [])].map(([payee, { weight }]) => [payee, weight]))
}

const poolIn = (all: readonly Listening[]) => poolOf(all.reduce((sum, { feeMicro }) => sum + feeMicro, 0n))
const total = (amounts: Iterable<bigint>) => [...amounts].reduce((sum, amount) => sum + amount, 0n)

function amountsOf(model: ModelName, all: readonly Listening[], owners: readonly Shares[]): Map<string, bigint> {
  const weights = [...weightsOf(model, all, owners)].map(([key, weight]) => ({ key, weight }))
  return dividePool(poolIn(all), weights)
}

const sorted = (amounts: ReadonlyMap<string, bigint>) => [...amounts].sort(([a], [b]) => (a < b ? -1 : 1))

describe.each(modelNames)('%s', (model) => {
  test('what is paid and what is suspended come to the pool', () => {
    fc.assert(
      fc.property(listeners, shares, (all, owners) => {
        expect(total(amountsOf(model, all, owners).values())).toBe(poolIn(all))
      }),
      runs,
    )
  })

  test('nobody is a whole unit away from their exact part', () => {
    fc.assert(
      fc.property(listeners, shares, (all, owners) => {
        const [weights, pool] = [weightsOf(model, all, owners), poolIn(all)]
        const whole = total(weights.values())
        if (whole === 0n) return
        for (const [payee, amount] of amountsOf(model, all, owners)) {
          const away = amount * whole - pool * (weights.get(payee) ?? 0n)
          expect(away < whole && -away < whole).toBe(true)
        }
      }),
      runs,
    )
  })

  test('the same times longer and more often pays the same', () => {
    fc.assert(
      fc.property(listeners, shares, fc.bigInt(2n, 1_000n), (all, owners, times) => {
        const more = all.map(({ feeMicro, plays }) => ({
          feeMicro,
          plays: plays.map(({ trackKey, seconds, streams, counted }) => ({
            ...{ trackKey, seconds: seconds * times, streams: streams * times, counted: counted * times },
          })),
        }))
        expect(sorted(amountsOf(model, more, owners))).toEqual(sorted(amountsOf(model, all, owners)))
      }),
      runs,
    )
  })

  test('the order in which listeners and tracks come does not matter', () => {
    fc.assert(
      fc.property(listeners, shares, (all, owners) => {
        const reversed = all.toReversed().map(({ feeMicro, plays }) => ({ feeMicro, plays: plays.toReversed() }))
        expect(sorted(amountsOf(model, reversed, owners))).toEqual(sorted(amountsOf(model, all, owners)))
      }),
      runs,
    )
  })

  test('a label that splits its tracks over two has the same weight as before, and moves others by one unit at most', () => {
    fc.assert(
      fc.property(listeners, shares, (all, owners) => {
        const split = owners.map((own, track) =>
          own.map((share) =>
            share.labelId === 'lbl_1' && track % 2 === 1 ? { ...share, labelId: 'lbl_other' } : share,
          ),
        )
        const [before, after] = [weightsOf(model, all, owners), weightsOf(model, all, split)]
        expect((after.get('lbl_1') ?? 0n) + (after.get('lbl_other') ?? 0n)).toBe(before.get('lbl_1') ?? 0n)
        const [paid, then] = [amountsOf(model, all, owners), amountsOf(model, all, split)]
        for (const [payee, amount] of paid) {
          if (payee === 'lbl_1') continue
          expect(after.get(payee)).toBe(before.get(payee))
          const moved = (then.get(payee) ?? 0n) - amount
          expect(moved >= -1n && moved <= 1n).toBe(true)
        }
        const moved = (then.get('lbl_1') ?? 0n) + (then.get('lbl_other') ?? 0n) - (paid.get('lbl_1') ?? 0n)
        expect(moved >= -2n && moved <= 2n).toBe(true)
      }),
      runs,
    )
  })

  test('what is taken back leaves nothing behind', () => {
    fc.assert(
      fc.property(listeners, shares, (all, owners) => {
        const sums = noSums([model])
        for (const sign of [1n, -1n] as const) {
          for (const one of all) addListening(sums, one, (track) => owners[track] ?? [], sign)
        }
        for (const sum of sums.get(model)?.values() ?? []) {
          expect(sum).toEqual({ seconds: 0n, streams: 0n, listeners: 0n, weight: 0n })
        }
      }),
      runs,
    )
  })
})

describe('user-centric', () => {
  const model = models['user-centric-seconds']

  test('a fee goes to what its listener heard, all of it, or is unheard', () => {
    fc.assert(
      fc.property(listening, (one) => {
        const { tracks, unheard } = model.weigh(one)
        expect(total(tracks.values()) + unheard).toBe(one.feeMicro)
        const heard = new Set(one.plays.filter(({ seconds }) => seconds > 0n).map(({ trackKey }) => trackKey))
        for (const [track, weight] of tracks) expect(weight === 0n || heard.has(track)).toBe(true)
        expect(unheard === 0n || heard.size === 0).toBe(true)
      }),
      runs,
    )
  })

  test('whatever one plays more, no more than their fee moves', () => {
    fc.assert(
      fc.property(listeners, shares, listening, fc.array(play, { maxLength: 6 }), (all, owners, one, more) => {
        const plays = new Map([...more, ...one.plays].map((each) => [each.trackKey, each]))
        const [before, after] = [
          weightsOf('user-centric-seconds', [...all, one], owners),
          weightsOf('user-centric-seconds', [...all, { ...one, plays: [...plays.values()] }], owners),
        ]
        const gained = [...after]
          .map(([payee, weight]) => weight - (before.get(payee) ?? 0n))
          .filter((gain) => gain > 0n)
        expect(total(gained) <= one.feeMicro * 1_000_000n).toBe(true)
      }),
      runs,
    )
  })
})

describe('the lines of payees', () => {
  const line: fc.Arbitrary<Line> = fc.record({
    payee: fc.constantFrom('lbl_1', 'lbl_2', 'lbl_3', 'unassigned', 'unheard'),
    trackKey: fc.integer({ min: 0, max: 9 }),
    sharePpm: fc.integer({ min: 1, max: 1_000_000 }),
    seconds: fc.bigInt(0n, 1_000n),
    streams: fc.bigInt(0n, 10n),
    weight: fc.oneof(fc.constant(0n), fc.bigInt(0n, 10n), fc.bigInt(0n, 10n ** 30n)),
  })
  const lines = fc.uniqueArray(line, { maxLength: 20, selector: ({ payee, trackKey }) => `${payee} ${trackKey}` })

  test('come to what each gets, and all to the pool', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), lines, (poolMinor, given) => {
        const allocated = allocate({ poolMinor, lines: given })
        expect(total(allocated.payees.values())).toBe(poolMinor)
        const byPayee = Map.groupBy(allocated.lines, ({ payee }) => payee)
        for (const [payee, amount] of allocated.payees) {
          expect(total((byPayee.get(payee) ?? []).map(({ amountMinor }) => amountMinor))).toBe(amount)
        }
        expect(new Set(allocated.lines.map(({ payee, trackKey }) => `${payee} ${trackKey}`)).size).toBe(
          allocated.lines.length,
        )
      }),
      runs,
    )
  })

  test('two tracks that are equal: the one whose key comes first has the cent that is left', () => {
    const track = { payee: 'lbl_1', sharePpm: 1_000_000, seconds: 10n, streams: 1n, weight: 10n }
    const { lines } = allocate({
      poolMinor: 3n,
      lines: [
        { ...track, trackKey: 10 },
        { ...track, trackKey: 9 },
      ],
    })
    expect(lines.map(({ trackKey, amountMinor }) => [trackKey, amountMinor])).toEqual([
      [10, 1n],
      [9, 2n],
    ])
  })

  test('a pool that nobody has a weight in rests on no track', () => {
    expect(allocate({ poolMinor: 7n, lines: [] })).toEqual({
      payees: new Map([['unheard', 7n]]),
      lines: [
        { payee: 'unheard', trackKey: 0, sharePpm: 1_000_000, seconds: 0n, streams: 0n, weight: 0n, amountMinor: 7n },
      ],
    })
  })
})
