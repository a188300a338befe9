import { expect, test } from 'vitest'
import { z } from 'zod'
import { decodeCursor, encodeCursor, int4, int8, toPage } from './page.ts'

const schema = z.tuple([z.number(), z.string()])

test('a cursor gives its position back', () => {
  expect(decodeCursor(encodeCursor([5, 'ä']), schema)).toEqual([5, 'ä'])
  expect(decodeCursor(undefined, schema)).toBeUndefined()
})

test.each(['', '!', 'bnVsbA', encodeCursor(['5', 'x']), encodeCursor([5])])(
  '%j is no cursor of this list',
  (cursor) => {
    expect(() => decodeCursor(cursor, schema)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ code: 'BAD_CURSOR' }) }),
    )
  },
)

test.each(['9223372036854775808', '-9223372036854775808', '1.5', '', 'x', 1, true, null])(
  '%j is no bigint',
  (value) => {
    expect(int8.safeParse(value).success).toBe(false)
  },
)

test('numbers of rows go as far as those of the database', () => {
  expect(['9223372036854775807', '-9223372036854775807', '0'].map((text) => int8.parse(text))).toEqual([
    ...[2n ** 63n - 1n, 1n - 2n ** 63n, 0n],
  ])
  expect([2_147_483_648, -2_147_483_649, 1.5, '1', true].map((value) => int4.safeParse(value).success)).not.toContain(
    true,
  )
})

test('a page ends where nothing more was read', () => {
  expect(toPage([1, 2, 3], 3, (row) => [row])).toEqual({ items: [1, 2, 3], nextCursor: null })
  expect(toPage([1, 2, 3], 2, (row) => [row])).toEqual({ items: [1, 2], nextCursor: encodeCursor([2]) })
  expect(toPage([], 2, () => [])).toEqual({ items: [], nextCursor: null })
})
