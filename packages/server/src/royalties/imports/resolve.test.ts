import { expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { accountant, catalogueOf, shut, totalsOf } from '../royalties.fixture.ts'
import { importsOf } from './imports.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { imports } = client.royalties
const { run, problems } = importsOf(client)
const make = catalogueOf(client)
await make.listener({ period: '2019-03', grossMinor: 1_000n }, 'ann')

let file = 0
/** Streams of a file like no other. */
const streams = (...rows: string[]) =>
  run({ kind: 'streams' }, ['date,user_id,track_id,seconds', `2019-03-01,ann,file${++file},1`, ...rows].join('\n'))
const counts = async (importId: Awaited<ReturnType<typeof run>>['id']) => {
  const { rowsRead, rowsAccepted, rowsQuarantined } = await imports.get({ importId })
  expect(rowsRead).toBe(rowsAccepted + rowsQuarantined)
  return [rowsAccepted, rowsQuarantined]
}

test('rows of a listener who comes later are taken by code', async () => {
  const { id: importId } = await streams('2019-03-02,bob,x,10', '2019-03-03,bob,x,90000', '2019-03-04,ann,x,-1')
  expect(await counts(importId)).toEqual([1, 3])
  const ask = { importId, code: 'UNKNOWN_LISTENER', action: 'retry' } as const
  expect(await imports.resolve(ask)).toMatchObject({ resolved: 0, failed: 2, left: 2 })
  expect(await counts(importId)).toEqual([1, 3])
  await make.listener({ period: '2019-03', grossMinor: 500n }, 'bob')
  const before = (await totalsOf(server, '2019-03')).payees.unassigned?.[0] ?? 0
  const { import: now, ...rest } = await imports.resolve(ask)
  expect(rest).toEqual({ resolved: 2, failed: 0, left: 0 })
  expect(now).toMatchObject({ rowsRead: 4, rowsAccepted: 3, rowsQuarantined: 1, rowsFlagged: 1 })
  expect((await totalsOf(server, '2019-03')).payees.unassigned?.[0]).toBe(before + 90_010)
  expect(await problems(importId)).toEqual(['5 SECONDS_NEGATIVE'])
  expect(await problems(importId, false)).toHaveLength(3)
})

test('a row is taken as it should be, once', async () => {
  const { id: importId } = await streams('2019-03-04,ann,y,-1')
  const ask = { importId, lines: [3], action: 'retry' as const }
  expect(await codeOf(imports.resolve({ ...ask, row: 'a\nb' }))).toBe('INVALID_INPUT')
  expect(await imports.resolve({ ...ask, row: '2019-03-04,ann,y' })).toMatchObject({ resolved: 0, failed: 1 })
  expect(await problems(importId)).toEqual(['3 FIELDS_MISSING'])
  expect(await imports.resolve({ ...ask, row: '2019-03-04,ann,y,1' })).toMatchObject({ resolved: 1, failed: 0 })
  expect(await codeOf(imports.resolve({ ...ask, row: '2019-03-04,ann,y,1' }))).toBe('PROBLEM_RESOLVED')
  expect(await counts(importId)).toEqual([2, 0])
  const { items } = await imports.problems({ importId, open: false })
  expect(items).toMatchObject([{ line: 3, raw: '2019-03-04,ann,y,-1', resolution: 'accepted' }])
  expect(await codeOf(imports.resolve({ ...ask, lines: [99] }))).toBe('NOT_FOUND')
  expect(await codeOf(imports.resolve({ importId, action: 'retry' }))).toBe('INVALID_INPUT')
})

test('a row is left out for good', async () => {
  const { id: importId } = await streams('2019-03-04,ann,z,-1', 'x')
  const ask = { importId, lines: [3], action: 'discard' as const }
  expect(await imports.resolve(ask)).toMatchObject({ resolved: 1, left: 0 })
  expect(await codeOf(imports.resolve(ask))).toBe('PROBLEM_RESOLVED')
  expect(await counts(importId)).toEqual([1, 2])
  expect(await problems(importId)).toEqual(['4 FIELDS_MISSING'])
})

test('two who try a row at once: one takes it, the other is told so', async () => {
  const { id: importId } = await streams('2019-03-05,cid,w,7')
  await make.listener(undefined, 'cid')
  const ask = { importId, lines: [3], action: 'retry' as const }
  const codes = await Promise.all([1, 2, 3].map(() => imports.resolve.safe(ask)))
  expect(codes.map((one) => (one.ok ? 'taken' : one.error.code)).sort()).toEqual([
    ...['PROBLEM_RESOLVED', 'PROBLEM_RESOLVED', 'taken'],
  ])
  expect(await counts(importId)).toEqual([2, 0])
  expect(await server.query(`select from streams where line = 3 and seconds = 7`)).toHaveLength(1)
})

test('shares that do not fit are taken once they do', async () => {
  const made = await run({ kind: 'tracks' }, 'track,title,label,share\ns,S,Blue,60\ns,S,Red,50')
  expect(await problems(made.id)).toEqual(['3 SHARES_TOO_HIGH'])
  const ask = { importId: made.id, lines: [3], action: 'retry' as const }
  expect(await imports.resolve(ask)).toMatchObject({ failed: 1 })
  expect(await imports.resolve({ ...ask, row: 's,S,Red,40' })).toMatchObject({ resolved: 1 })
  const shares = await server.query(`select share_ppm from track_rights order by share_ppm`)
  expect(shares).toEqual([{ share_ppm: 400_000 }, { share_ppm: 600_000 }])
})

test('late rows are accounted in the next open period', async () => {
  await shut(server, '2019-01', 'closed')
  const { id: importId } = await streams('2019-01-05,ann,late,33', '2019-01-06,nobody,late,44')
  expect(await problems(importId)).toEqual(['3 PERIOD_CLOSED', '4 UNKNOWN_LISTENER'])
  expect(await imports.resolve({ importId, lines: [3], action: 'retry' })).toMatchObject({ failed: 1 })
  const { import: now, ...rest } = await imports.resolve({ importId, lines: [3, 4], action: 'late' })
  expect([rest, now.rowsAccepted]).toEqual([{ resolved: 1, failed: 1, left: 1 }, 2])
  const booked = await server.query(`select period, booked from streams where seconds = 33`)
  expect(booked).toEqual([{ period: '2019-01', booked: '2019-02' }])
  const { items } = await imports.problems({ importId, open: false })
  expect(items.map(({ resolution }) => resolution)).toEqual(['late', null])
  const fees = await run({ kind: 'listeners' }, 'user_id,fee,origin,period,currency\nann,5.00,web,2019-01,EUR')
  expect(await imports.resolve({ importId: fees.id, code: 'PERIOD_CLOSED', action: 'late' })).toMatchObject({
    resolved: 1,
  })
  expect(await server.query(`select booked from listener_fees where period = '2019-01'`)).toEqual([
    { booked: '2019-02' },
  ])
})
