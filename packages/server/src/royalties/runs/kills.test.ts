import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createClient } from '@antiphon/client'
import { afterAll, expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { temporaryDirectory } from '../../../test/temporary.ts'
import { createDb, createPool } from '../../db/connect.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'
import { restate } from '../totals/restate.ts'

const program = fileURLToPath(new URL('./instance.fixture.ts', import.meta.url))
const filesDirectory = await temporaryDirectory()
const server = await startTestServer()
const db = createDb(createPool({ connectionString: server.databaseUrl }, { max: 2 }))
const keeper = await accountant(server)
const { royalties } = keeper.client
const make = catalogueOf(keeper.client)
const running: Awaited<ReturnType<typeof start>>[] = []
afterAll(async () => {
  for (const { child } of running) child.kill('SIGKILL')
  await Promise.all(running.map(({ ended }) => ended))
  await db.destroy()
  await rm(filesDirectory, { recursive: true, force: true })
})

async function start() {
  const args = ['--conditions=antiphon-source', program, server.databaseUrl, filesDirectory]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += String(chunk)
    const [, url] = /ready at (\S+)/.exec(printed) ?? []
    if (url !== undefined) return { child, ended, client: createClient({ url, token: keeper.token, maxRetries: 0 }) }
  }
  throw new Error('The instance did not start.')
}

const wanted = { period: '2026-02', model: 'user-centric-seconds' } as const

/** A month that takes a while: 2,000 listeners, each of some of 3,000 tracks of 500 labels; and late facts of the month before. */
async function fill(): Promise<void> {
  const { id: labelId } = await make.label()
  const track = await make.track({ labelId })
  const listener = await make.listener({ period: '2026-01', grossMinor: 1_000n })
  const stream = { listenerId: listener.id, trackId: track.id, seconds: 60 }
  await make.stream({ ...stream, playedOn: '2026-01-03' })
  await royalties.runs.create({ ...wanted, period: '2026-01' })
  await royalties.periods.close({ period: '2026-01' })
  await make.stream({ ...stream, trackId: (await make.track()).id, playedOn: '2026-01-04', late: true })
  const statements = [
    `insert into labels (id, name, name_key)
      select 'lbl_' || lpad(n::text, 26, '0'), n, n from generate_series(1, 300) n`,
    `insert into tracks (id, external_id)
      select 'trk_' || lpad(n::text, 26, '0'), 'k' || n from generate_series(1, 2000) n`,
    `insert into listeners (id, external_id)
      select 'lsn_' || lpad(n::text, 26, '0'), 'k' || n from generate_series(1, 2000) n`,
    `insert into track_rights (track_key, from_period, label_id, share_ppm)
      select key, '2026-02', 'lbl_' || lpad((1 + key % 300)::text, 26, '0'), 999999 from tracks where external_id like 'k%'`,
    `insert into listener_fees (period, listener_key, booked, gross_minor, origin)
      select '2026-02', key, '2026-02', 499 + key % 700, 'web' from listeners where external_id like 'k%'`,
    `insert into streams (period, booked, listener_key, track_key, played_on, seconds)
      select '2026-02', '2026-02', l.key, t.key, '2026-02-05', 1 + (l.key * t.key) % 400 from listeners l
      join tracks t on (t.key + l.key * 7) % 100 = 0 where l.external_id like 'k%' and t.external_id like 'k%'`,
  ]
  for (const statement of statements) await server.query(statement)
  const change = { periods: [wanted.period], listeners: 'all' } as const
  await db.transaction().execute((tx) => restate(tx, change, async () => {}))
}

/** What a run of the month has left behind. */
async function left() {
  const [row] = await server.query(`
    select (select count(*) from royalty_runs where period = '2026-02' and reversed_at is null) as runs,
      (select state from royalty_periods where id = '2026-02') as state,
      (select count(*) from royalty_run_lines where period = '2026-02') as lines,
      (select count(*) from royalty_adjustments where period = '2026-02' and kind = 'late') as late,
      (select sum(amount_minor) from ledger_entries where period = '2026-02') as ledger,
      (select count(*) from ledger_transactions where period = '2026-02') as transactions`)
  return row
}

test('kill -9 at any moment of a run: it is there as a whole or not at all, and the same comes out at last', async () => {
  await fill()
  const before = await left()
  const began = performance.now()
  const { digest, id } = await royalties.runs.create(wanted)
  const lasted = performance.now() - began
  expect(await left()).toMatchObject({ runs: '1', state: 'frozen', ledger: '0' })
  await royalties.runs.reverse({ runId: id, reason: 'Again, with kills' })
  const undone = await left()
  expect(undone).toMatchObject({
    ...before,
    lines: expect.any(String),
    late: expect.any(String),
    ledger: '0',
    transactions: '4',
  })
  for (const moment of [0.15, 0.5, 0.8, 0.95]) {
    const instance = await start()
    running.push(instance)
    const call = instance.client.royalties.runs.create.safe(wanted)
    await delay(lasted * moment)
    instance.child.kill('SIGKILL')
    await Promise.all([instance.ended, call])
    // Another server goes on: either nothing is there, or all of it.
    const run = await royalties.runs.create(wanted)
    expect(run.digest).toBe(digest)
    expect((await royalties.runs.create(wanted)).id).toBe(run.id)
    const now = await left()
    expect(now).toMatchObject({ runs: '1', state: 'frozen', ledger: '0' })
    await royalties.runs.reverse({ runId: run.id, reason: 'Again' })
  }
  const [{ transactions, lines }] = (await server.query(`
    select (select count(*)::integer from ledger_transactions where period = '2026-02') as transactions,
      (select count(distinct c) from (select count(*) as c from royalty_run_lines where period = '2026-02' group by run_id) n) as lines`)) as [
    { transactions: number; lines: string },
  ]
  // Five runs stood, each with its late facts, and each was undone: none left half of itself.
  expect([transactions, lines]).toEqual([20, '1'])
}, 90_000)
