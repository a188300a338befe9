import { expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'
import { isOver } from './month.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { royalties } = client
const make = catalogueOf(client)
const stranger = await server.signUp()
const model = 'pro-rata-seconds'
const [january, february] = ['2026-01', '2026-02'] as const

test('a period is there from its first fact on, and is closed on a run, after those before it', async () => {
  expect(await codeOf(royalties.periods.get({ period: january }))).toBe('NOT_FOUND')
  expect(await codeOf(royalties.periods.close({ period: january }))).toBe('NOT_FOUND')
  expect(await codeOf(royalties.runs.create({ period: january, model }))).toBe('NOT_FOUND')
  for (const period of [february, january]) await make.listener({ period, grossMinor: 999n })
  expect((await collect(royalties.periods.list.all({ limit: 1 }))).map(({ period }) => period)).toEqual([
    february,
    january,
  ])
  expect(await royalties.periods.get({ period: february })).toMatchObject({
    ...{ state: 'open', currency: 'EUR', poolMinor: 899n, listeners: 1, runId: null, model: null, closedAt: null },
    ...{ openBefore: january, importsRunning: 0, lateStreams: 0, lateFees: 0, statements: 0 },
  })
  expect(await codeOf(royalties.periods.close({ period: february }))).toBe('NO_RUN')
  const { id } = await royalties.runs.create({ period: february, model })
  expect(await royalties.periods.get({ period: february })).toMatchObject({ state: 'frozen', runId: id, model })
  expect(await codeOf(royalties.periods.close({ period: february }))).toBe('EARLIER_OPEN')
  await royalties.runs.create({ period: january, model })
  await royalties.periods.close({ period: january })
  const closed = await royalties.periods.close({ period: february })
  expect(closed).toMatchObject({ state: 'closed', runId: id, openBefore: null })
  expect(closed.closedAt).toBeInstanceOf(Date)
})

test('a month is closed once it is over; a run of it can be made before', async () => {
  const future = '9998-12'
  await make.listener({ period: future, grossMinor: 1n })
  const { id: runId } = await royalties.runs.create({ period: future, model })
  expect(await codeOf(royalties.periods.close({ period: future }))).toBe('PERIOD_NOT_OVER')
  await royalties.runs.reverse({ runId, reason: 'A try' })
  const [month, first] = ['2026-10', '2026-11'] as const
  expect(isOver(month, new Date('2026-10-31T23:59:59.999Z'))).toBe(false)
  expect(isOver(month, new Date(`${first}-01T00:00:00Z`))).toBe(true)
})

test('late facts wait for the periods before theirs', async () => {
  const [march, april] = ['2026-03', '2026-04'] as const
  const listener = await make.listener({ period: march, grossMinor: 1_000n })
  const { id: trackId } = await make.track()
  await royalties.runs.create({ period: march, model })
  // March is frozen: what is late for January goes to April.
  const late = { playedOn: '2026-01-04', listenerId: listener.id, trackId, seconds: 5, late: true }
  expect(await make.stream(late)).toMatchObject({ period: january, booked: april })
  expect(await royalties.periods.get({ period: april })).toMatchObject({ lateStreams: 1, currency: null })
  expect(await codeOf(royalties.runs.create({ period: april, model }))).toBe('EARLIER_OPEN')
  await royalties.periods.close({ period: march })
  // Nobody paid for April: its currency is that of the month before.
  expect(await royalties.runs.create({ period: april, model })).toMatchObject({ currency: 'EUR', poolMinor: 0n })
  await royalties.periods.close({ period: april })
})

test('what is not there, or may not be', async () => {
  expect(await codeOf(royalties.periods.close({ period: 'May' }))).toBe('INVALID_INPUT')
  expect(await codeOf(royalties.periods.list({ cursor: 'x' }))).toBe('BAD_CURSOR')
  expect(await codeOf(stranger.client.royalties.periods.close({ period: january }))).toBe('NOT_ALLOWED')
  expect(await codeOf(stranger.client.royalties.periods.get({ period: '1999-01' }))).toBe('NOT_ALLOWED')
  expect(await codeOf(server.anyone.royalties.periods.list())).toBe('NOT_SIGNED_IN')
})
