import fc from 'fast-check'
import { expect, test } from 'vitest'
import { newId, roomId, userId } from './ids.ts'

test('ids carry their kind, fit their schema and are never the same twice', () => {
  const ids = Array.from({ length: 10_000 }, () => newId('user'))
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(userId.safeParse(id).success).toBe(true)
})

test('ids sort by the time they were made', () => {
  const time = fc.integer({ min: 0, max: 2 ** 48 - 1 })
  fc.assert(
    fc.property(time, time, (a, b) => {
      const [first, second] = [newId('room', a), newId('room', b)]
      return a === b || first < second === a < b
    }),
  )
})

test('an id of another kind does not fit', () => {
  expect(roomId.safeParse(newId('user')).success).toBe(false)
  for (const bad of ['', 'rom_', `${newId('room')}x`, newId('room').toUpperCase(), ` ${newId('room')}`]) {
    expect(roomId.safeParse(bad).success).toBe(false)
  }
})

test('a long hostile id is refused at once', () => {
  const start = performance.now()
  expect(roomId.safeParse(`rom_${'0'.repeat(1_000_000)}`).success).toBe(false)
  expect(performance.now() - start).toBeLessThan(50)
})
