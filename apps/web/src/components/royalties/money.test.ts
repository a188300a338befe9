import { expect, test } from 'vitest'
import { finely, money, monthName, percent } from './money.ts'

const plain = (text: string) => text.replaceAll(/[^\d.,-]/g, '')

test('amounts are shown to the last digit, however large', () => {
  expect(money(123_456n, 'EUR')).toContain('€')
  expect(plain(money(5n, 'EUR'))).toBe('0.05')
  expect(plain(money(-123_456n, 'EUR'))).toBe('-1,234.56')
  expect(plain(money(90_071_992_547_409_931n, 'EUR'))).toBe('900,719,925,474,099.31')
  expect(plain(money(1_234n, 'JPY'))).toBe('1,234')
  expect(plain(money(1_234n, 'KWD'))).toBe('1.234')
  expect(money(0n, null)).toBe('0')
  expect(plain(finely(333_333_333n, 'EUR'))).toBe('3.3333')
  expect(plain(finely(300_000_000n, 'EUR'))).toBe('3.00')
})

test('parts and months are shown as people say them', () => {
  expect(percent(123_400)).toBe('12.34%')
  expect(monthName('2026-10')).toBe('October 2026')
})
