import { describe, expect, test } from 'vitest'
import { decimal, digitsOf, textField, toCsv } from './export.ts'

describe('a field of text', () => {
  test.each(['=1+1', '+1', '-1', '@x', '\tx', '\rx', ' =1', '\u200b=1', '＝1'])('%j is no formula', (text) => {
    expect(textField(text).replace(/^"/, '')).toMatch(/^'/)
  })

  test('is quoted where it has to be', () => {
    expect([textField('a,b'), textField('say "x"'), textField('a;b'), textField('a\r\nb')]).toEqual([
      ...['"a,b"', '"say ""x"""', '"a;b"', '"a\r\nb"'],
    ])
    expect(textField('Für Elise')).toBe('Für Elise')
  })
})

test('amounts are numbers in units of the currency, also below zero', () => {
  expect([decimal(12345n, 2), decimal(5n, 2), decimal(-5n, 2), decimal(-12345n, 2), decimal(0n, 2)]).toEqual([
    ...['123.45', '0.05', '-0.05', '-123.45', '0.00'],
  ])
  expect([decimal(7n, 0), decimal(7n, 3), decimal(333_333n, 4)]).toEqual(['7', '0.007', '33.3333'])
  expect(['EUR', 'JPY', 'KWD', 'XYZ'].map(digitsOf)).toEqual([2, 0, 3, 2])
})

test('a part of a statement: names come before the first alone', () => {
  const statement = { period: '2026-01', name: '=Label', currency: 'EUR' }
  const line = {
    ...{ trackKey: 1, trackId: null, externalId: 't,1', title: '-', isrc: null },
    ...{ seconds: 90n, streams: 2n, sharePpm: 500_000, amountMinor: -150n },
  }
  const row = `2026-01,'=Label,"t,1",'-,,90,2,50.0000,-1.50,EUR\r\n`
  expect(toCsv(statement, [line], { isFirst: false })).toBe(row)
  expect(toCsv(statement, [line], { isFirst: true })).toBe(
    `Period,Label,Track,Title,ISRC,Seconds,Streams,Share %,Amount,Currency\r\n${row}`,
  )
})
