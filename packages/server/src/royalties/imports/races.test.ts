import { beforeEach, expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { monthAfter } from '../periods/month.ts'
import { accountant, catalogueOf, totalsOf } from '../royalties.fixture.ts'
import { importsOf } from './imports.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { royalties } = client
const { begin, ended, run, problems } = importsOf(client)
const make = catalogueOf(client)
const model = 'pro-rata-seconds'

let period = '2018-12'
/** A month of its own for each test. */
beforeEach(async () => {
  period = monthAfter(period)
  await make.listener({ period, grossMinor: 1_000n }, `of ${period}`)
})

const many = 3_000
const streams = (seconds: number, who = `of ${period}`) =>
  [
    'date,user_id,track_id,seconds',
    ...Array.from({ length: many }, (_, at) => `${period}-03,${who},t${at},${seconds}`),
  ].join('\n')
const heard = async () => (await totalsOf(server, period)).payees.unassigned

test('of the same file twice at once, one is done and one a duplicate', async () => {
  const made = await Promise.all([1, 2].map(() => run({ kind: 'streams' }, streams(2))))
  expect(made.map(({ state }) => state).sort()).toEqual(['done', 'duplicate'])
  const [done, duplicate] = made.toSorted((a, b) => (a.state < b.state ? -1 : 1))
  expect(duplicate).toMatchObject({ code: 'FILE_IMPORTED', duplicateOf: done?.id, rowsAccepted: 0 })
  expect(await heard()).toEqual([2 * many, many])
})

test('two files at once are both taken', async () => {
  const made = await Promise.all([2, 3].map((seconds) => run({ kind: 'streams' }, streams(seconds))))
  expect(made.map(({ state, rowsAccepted }) => `${state} ${rowsAccepted}`)).toEqual([`done ${many}`, `done ${many}`])
  expect(await heard()).toEqual([5 * many, 2 * many])
})

test('of an import and a run at once, the run is refused or has all of it, or the rows wait', async () => {
  const { id: importId } = await begin({ kind: 'streams' }, streams(2))
  const tried = await royalties.runs.create.safe({ period, model })
  const made = await ended(importId)
  const open = await problems(importId)
  if (!tried.ok) expect(tried.error.code).toBe('IMPORT_RUNNING')
  else
    expect(tried.data.streams === many || new Set(open.map((one) => one.split(' ')[1])).has('PERIOD_FROZEN')).toBe(true)
  expect(made).toMatchObject({ state: 'done', rowsRead: many })
  expect((await heard()) ?? [0, 0]).toEqual([2 * made.rowsAccepted, made.rowsAccepted])
})

test('of an import and a close at once, the month is closed without the rows, or stays open with them', async () => {
  await royalties.runs.create({ period, model })
  const [tried, made] = await Promise.all([
    royalties.periods.close.safe({ period }),
    run({ kind: 'streams' }, streams(2)),
  ])
  if (!tried.ok) expect(['IMPORT_RUNNING', 'EARLIER_OPEN', 'STREAMS_LEFT']).toContain(tried.error.code)
  expect(made).toMatchObject({ state: 'done', rowsRead: many, rowsAccepted: 0, rowsQuarantined: many })
  const codes = new Set((await problems(made.id)).map((one) => one.split(' ')[1]))
  expect(['PERIOD_CLOSED', 'PERIOD_FROZEN'].filter((code) => codes.has(code))).toHaveLength(codes.size)
  expect(await heard()).toBeUndefined()
})

test('listeners and their streams at once: who came too late is tried again', async () => {
  const fees = `user_id,fee,origin,period,currency\nnew ${period},5.00,web,${period},EUR`
  const [listeners, made] = await Promise.all([
    run({ kind: 'listeners' }, fees),
    run({ kind: 'streams' }, streams(2, `new ${period}`)),
  ])
  expect(listeners).toMatchObject({ state: 'done', rowsAccepted: 1 })
  expect(made).toMatchObject({ state: 'done', rowsRead: many })
  for (let left = made.rowsQuarantined; left > 0; ) {
    const asked = { importId: made.id, code: 'UNKNOWN_LISTENER', action: 'retry' } as const
    left = (await royalties.imports.resolve(asked)).left
  }
  expect(await heard()).toEqual([2 * many, many])
  expect((await totalsOf(server, period)).poolMicro).toBe(1_350_000_000n)
})
