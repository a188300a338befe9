import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { newId } from '../ids.ts'
import { createSlowReads } from './lanes.ts'

test('a user has two slow reads at once, all together three, in the order of the calls', async () => {
  const slowly = createSlowReads()
  const [ann, bob] = [newId('user'), newId('user')]
  const running = new Map<string, number>()
  let most = 0
  const done: string[] = []
  const read = (who: typeof ann, name: string) =>
    slowly(who, async () => {
      running.set(who, (running.get(who) ?? 0) + 1)
      most = Math.max(
        most,
        [...running.values()].reduce((a, b) => a + b),
      )
      expect(running.get(who)).toBeLessThanOrEqual(2)
      await delay(20)
      running.set(who, (running.get(who) ?? 0) - 1)
      done.push(name)
    })
  const reads = [...Array.from({ length: 8 }, (_, at) => read(ann, `a${at}`)), read(bob, 'b')]
  await Promise.all(reads)
  expect(most).toBe(3)
  expect(done.indexOf('b')).toBeLessThan(3)
  expect(done.filter((name) => name !== 'b')).toEqual(done.filter((name) => name !== 'b').toSorted())
})

test('too many waiting are refused, and none are kept in mind when all are done', async () => {
  const slowly = createSlowReads()
  const ann = newId('user')
  const reads = Array.from({ length: 22 }, () => slowly(ann, () => delay(5)))
  await expect(slowly(ann, () => delay(5))).rejects.toMatchObject({ details: { code: 'RATE_LIMITED' } })
  await Promise.all(reads)
  await slowly(ann, () => delay(5))
  await expect(slowly(ann, () => Promise.reject(new Error('A fault')))).rejects.toThrow('A fault')
})
