import { expect, test } from 'vitest'
import { Aside } from '../src/events/room/aside.ts'
import { rangeOf } from './room.ts'

const range = (from: number, to: number) => rangeOf(from, to, [])

test('gives ranges as they join, and forgets those that are behind', () => {
  const aside = new Aside()
  for (const [from, to] of [
    [7, 9],
    [5, 6],
    [2, 4],
    [3, 5],
  ] as const)
    aside.add(range(from, to))
  expect(aside.take(1)).toBeUndefined()
  expect(aside.take(3)).toEqual(range(2, 4))
  expect(aside.take(4)).toEqual(range(3, 5))
  expect(aside.take(5)).toEqual(range(5, 6))
  expect(aside.take(6)).toBeUndefined()
  expect(aside.take(9)).toBeUndefined()
  aside.add(range(10, 11))
  aside.clear()
  expect(aside.take(10)).toBeUndefined()
})

test('keeps no more than some of them', () => {
  const aside = new Aside()
  for (let at = 0; at < 150; at++) aside.add(range(10 + at, 11 + at))
  expect(aside.take(109)).toEqual(range(109, 110))
  expect(aside.take(110)).toBeUndefined()
})
