import { expect, test } from 'vitest'
import { maxTimes, merge, type News } from './news.ts'

const of = (what: News['what'], ...times: string[]): News => ({ what, times })

test('what is left to tell', () => {
  expect(merge(undefined, of('changed'))).toEqual(of('changed'))
  for (const after of ['changed', 'invited'] as const)
    expect(merge(of('invited'), of(after, 'a'))).toEqual(of('invited'))
  for (const after of ['off', 'uninvited'] as const) {
    expect(merge(of('invited'), of(after))).toBeUndefined()
    expect(merge(of('changed', 'a'), of(after))).toEqual(of(after))
    expect(merge(of(after), of('invited'))).toEqual(of('changed'))
  }
  expect(merge(of('changed', 'a', 'b'), of('changed', 'b', 'c'))).toEqual(of('changed', 'a', 'b', 'c'))
})

test('changes in a row do not grow without end', () => {
  let told = of('changed')
  for (let at = 0; at < 1_000; at++) told = merge(told, of('changed', String(at)))!
  expect(told.times).toHaveLength(maxTimes + 1)
})
