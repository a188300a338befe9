import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { divide } from './money.ts'

describe('dividing', () => {
  const given = (amount: bigint, ...weights: [string, bigint][]) =>
    Object.fromEntries(
      divide(
        amount,
        weights.map(([key, weight]) => ({ key, weight })),
      ),
    )

  test('gives what is left over to the largest remainders, not to the largest parts', () => {
    // 10 by 6 : 3 : 2 are 5.45, 2.73 and 1.82: two units are left, and a has the smallest remainder.
    expect(given(10n, ['a', 6n], ['b', 3n], ['c', 2n])).toEqual({ a: 5n, b: 3n, c: 2n })
  })

  test('of equal remainders the first by key comes first, in whatever order they are given', () => {
    expect(given(5n, ['c', 1n], ['b', 1n], ['a', 1n])).toEqual({ a: 2n, b: 2n, c: 1n })
    expect(
      divide(
        1n,
        [10, 9].map((key) => ({ key, weight: 1n })),
      ),
    ).toEqual(
      new Map([
        [10, 0n],
        [9, 1n],
      ]),
    )
  })

  test('who has no weight gets nothing; an amount of nothing is nothing for all', () => {
    expect(given(3n, ['a', 0n], ['b', 1n])).toEqual({ a: 0n, b: 3n })
    expect(given(0n, ['a', 0n], ['b', 0n])).toEqual({ a: 0n, b: 0n })
    expect(given(0n)).toEqual({})
  })

  test('refuses what cannot be divided', () => {
    expect(() => given(-1n, ['a', 1n])).toThrow(RangeError)
    expect(() => given(1n, ['a', -1n], ['b', 2n])).toThrow(RangeError)
    expect(() => given(1n, ['a', 1n], ['a', 1n])).toThrow(RangeError)
    expect(() => given(1n, ['a', 0n])).toThrow(RangeError)
    expect(() => given(1n)).toThrow(RangeError)
  })

  test('comes to the amount, and is less than one unit away from the exact part of each', () => {
    const weight = fc.oneof(fc.constant(0n), fc.bigInt(0n, 9n), fc.bigInt(0n, 10n ** 36n))
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 20n), fc.array(weight, { maxLength: 30 }), (amount, weights) => {
        const whole = weights.reduce((sum, each) => sum + each, 0n)
        fc.pre(whole > 0n)
        const parts = divide(
          amount,
          weights.map((each, key) => ({ key, weight: each })),
        )
        expect([...parts.values()].reduce((sum, part) => sum + part, 0n)).toBe(amount)
        for (const [key, part] of parts) {
          const away = part * whole - amount * (weights[key] ?? 0n)
          expect(away < whole && -away < whole).toBe(true)
        }
      }),
    )
  })
})

describe('no money is ever a floating point number', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url))
  const sources = readdirSync(`${folder}/royalties`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(path))
    .map((path) => ({
      path: `royalties/${path.replaceAll('\\', '/')}`,
      text: readFileSync(`${folder}/royalties/${path}`, 'utf8'),
    }))
  sources.push({ path: 'money.ts', text: readFileSync(`${folder}/money.ts`, 'utf8') })

  /** Ways by which an amount would become one, or be rounded as one. */
  const ways: [string, RegExp][] = [
    ['parsed as one', /parseFloat|Number\.parseFloat/],
    ['written as one', /toFixed|toPrecision|toExponential|toLocaleString\(.*style/],
    ['rounded as one', /Math\.(round|trunc|fround)/],
    ['made one', /Number\([^()]*([mM]inor|[mM]icro|[aA]mount|[wW]eight)|\+\w*(Minor|Micro)\b(?! )/],
    ['a number on the wire', /([mM]inor|[mM]icro)\b\??: (z\.(int|number)\(|number)/],
    ['divided as one', /([mM]inor|[mM]icro|[aA]mount)\w* \/ (100|1_?000_?000)\b(?!n)/],
    ['one in the database', /::(float\d*|real|double|money)\b|double precision/],
  ]

  test.each(ways)('%s', (_name, way) => {
    expect(sources.length).toBeGreaterThan(20)
    const found = sources.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, at) => (way.test(line) ? `${path}:${at + 1} ${line.trim()}` : [])),
    )
    expect(found).toEqual([])
  })

  test.each([
    'const cents = Number(fee.amountMinor)',
    'amountMinor: z.int()',
    'poolMinor: number',
    'amountMinor / 100',
    'parseFloat(text)',
    'Math.round(x)',
    'amount.toFixed(2)',
    'sum(x)::float8',
    'Number(poolMicro / 1_000_000n)',
  ])('would be found: %s', (line) => {
    expect(ways.some(([, way]) => way.test(line))).toBe(true)
  })

  test('columns of money are whole numbers', () => {
    const migrations = readdirSync(`${folder}/../migrations`).filter((name) => name.endsWith('.sql'))
    const columns = migrations.flatMap((name) =>
      readFileSync(`${folder}/../migrations/${name}`, 'utf8')
        .split('\n')
        .filter((line) => /^ {2}\w+_(minor|micro) /.test(line)),
    )
    expect(columns.length).toBeGreaterThan(10)
    expect(columns.filter((line) => !/_(minor bigint|micro numeric\(38, 0\)) /.test(line))).toEqual([])
  })
})
