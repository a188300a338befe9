import { expect, test } from 'vitest'
import { freshnessAt } from './live.ts'

const observedAt = new Date('2026-11-22T10:00:00Z')
const provenUntil = new Date('2026-11-22T10:01:00Z')
const second = 1_000

/** What is shown `later` of a session that was asked for ten seconds after its proof, by a clock that is off. */
function shown(freshness: string, later: number, clockOff = 0) {
  const askedAt = observedAt.getTime() + 10 * second + clockOff
  return freshnessAt({ freshness, observedAt, provenUntil }, askedAt, askedAt + later)
}

test('what is live becomes unknown when its proof ends, without anything coming', () => {
  expect(shown('live', 0)).toBe('live')
  expect(shown('live', 49 * second)).toBe('live')
  expect(shown('live', 50 * second)).toBe('unknown')
  expect(shown('ending', 49 * second)).toBe('ending')
  expect(shown('ending', 50 * second)).toBe('unknown')
  expect(shown('ended', 3_600 * second)).toBe('ended')
  expect(shown('unknown', 0)).toBe('unknown')
  expect(shown('of another version', 0)).toBe('unknown')
})

test.each([-3_600, 3_600])('a clock that is off by %d seconds neither hides what is live nor keeps it', (seconds) => {
  expect(shown('live', 0, seconds * second)).toBe('live')
  expect(shown('live', 60 * second, seconds * second)).toBe('unknown')
})
