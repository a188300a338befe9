import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codePoints, text } from './text.ts'

test('length counts code points', () => {
  expect(codePoints('a𝄞👩‍👩‍👧')).toBe(7)
  expect(text({ max: 2 }).safeParse('𝄞𝄞').success).toBe(true)
  expect(text({ max: 2 }).safeParse('𝄞𝄞a').success).toBe(false)
})

test('well-formed text within the bounds passes unchanged, everything else is refused', () => {
  const schema = text({ min: 1, max: 10 })
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 15 }), (value) => {
      const fits = codePoints(value) >= 1 && codePoints(value) <= 10 && !value.includes('\0')
      const parsed = schema.safeParse(value)
      return parsed.success === fits && (!parsed.success || parsed.data === value)
    }),
  )
  expect(schema.safeParse('\ud800').success).toBe(false)
  expect(schema.safeParse('a\0').success).toBe(false)
})
