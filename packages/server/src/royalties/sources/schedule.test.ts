import { expect, test } from 'vitest'
import { pauseMinutes } from './schedule.ts'

const pauses = (everyMinutes: number) =>
  Array.from({ length: 14 }, (_, failures) => pauseMinutes({ everyMinutes, failures }))

test('after failures it is tried soon, then more and more rarely, up to its own time or a day', () => {
  expect(pauses(60)).toEqual([60, 1, 2, 4, 8, 16, 32, ...Array.from({ length: 7 }, () => 60)])
  expect(pauses(10_080)).toEqual([10_080, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 1_440, 1_440])
  expect(pauseMinutes({ everyMinutes: 5, failures: 1_000_000 })).toBe(5)
})
