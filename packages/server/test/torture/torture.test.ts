import { expect, test } from 'vitest'
import { torture } from './torture.ts'

test('over three servers and every blow, acknowledged messages are there once, in one order, and everybody saw them', async () => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9))
  console.log(`Torture with SEED=${seed}; \`pnpm torture\` does it for longer.`)
  const report = await torture({ seed, seconds: 9 })
  console.log(JSON.stringify(report))
  expect(report.acknowledged).toBeGreaterThan(30)
  expect(report.complaints).toEqual([])
}, 180_000)
