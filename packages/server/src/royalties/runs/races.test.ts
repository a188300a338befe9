import pg from 'pg'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { monthAfter } from '../periods/month.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { royalties } = client
const make = catalogueOf(client)
const track = await make.label().then(({ id }) => make.track({ labelId: id, from: '2025-01' }))
const listener = await make.listener()
const other = new pg.Client({ connectionString: server.databaseUrl })
await other.connect()
afterAll(() => other.end())

let period = '2025-01'
const model = 'pro-rata-seconds'
const hear = (seconds: number) =>
  make.stream({ playedOn: `${period}-05`, listenerId: listener.id, trackId: track.id, seconds })

/** A month of its own for each test, those before it closed. */
beforeEach(async () => {
  await royalties.periods.close.safe({ period })
  period = monthAfter(period)
  const fee = { period, grossMinor: 1_000n, currency: 'EUR', origin: 'web' }
  await royalties.listeners.update({ listenerId: listener.id, fee })
  await hear(60)
})

const amountsIn = async (kind: string) =>
  server.query(`select id from ledger_transactions where period = $1 and kind = $2`, [period, kind])

test('two runs at once: one is made, and both get it', async () => {
  const runs = await Promise.all([1, 2, 3].map(() => royalties.runs.create({ period, model })))
  expect(new Set(runs.map(({ id }) => id)).size).toBe(1)
  expect(runs.map(({ duplicate }) => duplicate).sort()).toEqual([false, true, true])
  expect(await amountsIn('run')).toHaveLength(1)
})

test('two runs by different models at once: one stands, the other is told so', async () => {
  const models = ['pro-rata-seconds', 'user-centric-seconds'] as const
  const tries = await Promise.all(models.map((wanted) => royalties.runs.create.safe({ period, model: wanted })))
  expect(tries.filter(({ ok }) => ok)).toHaveLength(1)
  expect(tries.flatMap((one) => (one.ok ? [] : [one.error.code]))).toEqual(['RUN_STANDS'])
  expect(await amountsIn('run')).toHaveLength(1)
})

test('streams at the time of a run: each is in it, or is refused', async () => {
  const streams = Array.from({ length: 12 }, (_, at) =>
    hear(100 + at).then(
      () => 'taken',
      (error: { code: string }) => error.code,
    ),
  )
  const run = await royalties.runs.create({ period, model })
  const outcomes = await Promise.all(streams)
  expect([...new Set(outcomes)].filter((outcome) => outcome !== 'taken' && outcome !== 'PERIOD_FROZEN')).toEqual([])
  expect(run.streams).toBe(1 + outcomes.filter((outcome) => outcome === 'taken').length)
})

test('two reversals at once: one is made', async () => {
  const { id: runId } = await royalties.runs.create({ period, model })
  const tries = await Promise.all([1, 2].map(() => royalties.runs.reverse.safe({ runId, reason: 'Twice' })))
  expect(tries.flatMap((one) => (one.ok ? [] : [one.error.code]))).toEqual(['RUN_REVERSED'])
  expect(await amountsIn('reversal')).toHaveLength(1)
  await royalties.runs.create({ period, model })
})

test('two closings at once: it is closed once, and both are told so', async () => {
  await royalties.runs.create({ period, model })
  const [one, two] = await Promise.all([royalties.periods.close({ period }), royalties.periods.close({ period })])
  expect(one).toEqual(two)
  expect(await collect(royalties.statements.list.all({ period }))).toHaveLength(1)
})

test('closing and reversing at once: one wins, and the other is told', async () => {
  const { id: runId } = await royalties.runs.create({ period, model })
  const [closed, reversed] = await Promise.all([
    royalties.periods.close.safe({ period }),
    royalties.runs.reverse.safe({ runId, reason: 'At once' }),
  ])
  expect([closed.ok, reversed.ok].sort()).toEqual([false, true])
  if (!closed.ok) {
    expect(closed.error.code).toBe('NO_RUN')
    await royalties.runs.create({ period, model })
  }
  if (!reversed.ok) expect(reversed.error.code).toBe('PERIOD_CLOSED')
})

const insertStream = (importKey: number) =>
  other.query(
    `insert into streams (period, booked, listener_key, track_key, played_on, seconds, import_key, line)
      select $1, $1, l.key, t.key, ($1 || '-07')::date, 77, $2, 1 from listeners l, tracks t limit 1`,
    [period, importKey],
  )

test('a run waits for rows that an import just writes, and then for the import', async () => {
  await other.query('begin')
  const { rows } = await other.query<{ key: number }>(
    `insert into imports (id, kind, state, file_name) values ('imp_' || $1, 'streams', 'running', 'x') returning key`,
    [period],
  )
  await insertStream(rows[0]!.key)
  const run = codeOf(royalties.runs.create({ period, model }))
  await new Promise((resolve) => setTimeout(resolve, 100))
  await other.query('commit')
  expect(await run).toBe('IMPORT_RUNNING')
  await other.query(`delete from streams where import_key = $1`, [rows[0]!.key])
  await other.query(`update imports set state = 'failed' where key = $1`, [rows[0]!.key])
  await royalties.runs.create({ period, model })
  await other.query(`update imports set state = 'running' where key = $1`, [rows[0]!.key])
  expect(await codeOf(royalties.periods.close({ period }))).toBe('IMPORT_RUNNING')
  await other.query(`update imports set state = 'failed' where key = $1`, [rows[0]!.key])
})

test('rows that an import writes while a run is under way are refused', async () => {
  const holder = new pg.Client({ connectionString: server.databaseUrl })
  await holder.connect()
  await holder.query('begin')
  await holder.query('lock table ledger_transactions in exclusive mode')
  const run = royalties.runs.create({ period, model })
  await vi.waitFor(async () => {
    const waiting = await server.query(
      `select 1 from pg_locks where relation = 'ledger_transactions'::regclass and not granted`,
    )
    expect(waiting).toHaveLength(1)
  })
  const refused = insertStream(0).then(
    () => 'taken',
    (error: { code: string }) => error.code,
  )
  await holder.query('commit')
  await holder.end()
  expect((await run).streams).toBe(1)
  expect(await refused).toBe('RP002')
})
