import { expect, test } from 'vitest'
import { z } from 'zod'
import { decodeCursor, encodeCursor, toPage } from './page.ts'

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

test('a page ends where nothing more was read', () => {
  expect(toPage([1, 2, 3], 3, (row) => [row])).toEqual({ items: [1, 2, 3], nextCursor: null })
  expect(toPage([1, 2, 3], 2, (row) => [row])).toEqual({ items: [1, 2], nextCursor: encodeCursor([2]) })
  expect(toPage([], 2, () => [])).toEqual({ items: [], nextCursor: null })
})
