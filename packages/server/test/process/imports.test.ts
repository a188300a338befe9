import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import pino from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { withDatabase } from '../../src/commands/database.ts'
import type { Db } from '../../src/db/connect.ts'
import { modelNames } from '../../src/royalties/models/models.ts'
import { findPeriod } from '../../src/royalties/periods/store.ts'
import { restate } from '../../src/royalties/totals/restate.ts'
import { settlementOf } from '../../src/royalties/totals/settlement.ts'
import { totalsIn } from '../../src/royalties/totals/store.ts'
import { temporaryDirectory } from '../temporary.ts'
import { antiphon } from './command.ts'

async function dataDirectory(): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(() => rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  return directory
}

async function run(args: string[], env: Record<string, string> = {}) {
  const command = antiphon(args, env)
  return { code: await command.ended, output: command.output() }
}

/** What the database has, beside the commands. */
const beside = (data: string, work: (db: Db) => Promise<void>) =>
  withDatabase(data, pino({ level: 'silent' }), work, { connections: 2 })

const period = '2026-10'

describe('antiphon import', () => {
  test('--help shows what can be said, and wrong flags are told', async () => {
    const { code, output } = await run(['import', '--help'])
    expect(code).toBe(0)
    for (const word of ['streams', '--period', '--currency', '--delimiter', '--decimal', '--date-format', 'quarantine'])
      expect(output).toContain(word)
    const wrong = ['--period', 'May', '--decimal', 'x', '--date-format', 'today']
    const refused = await run(['import', 'streams', 'x.csv', ...wrong])
    expect(refused.code).toBe(2)
    for (const flag of ['--period', '--decimal', '--date-format']) expect(refused.output).toContain(`${flag}: `)
  })

  test('takes files in and says what came of them', async () => {
    const data = await dataDirectory()
    const files = join(data, 'files')
    await mkdir(files)
    const write = async (name: string, lines: readonly string[]) => {
      await writeFile(join(files, name), lines.join('\r\n'))
      return join(files, name)
    }
    const start = (kind: string, path: string, ...flags: string[]) =>
      run(['import', kind, path, '--data', data, ...flags])
    await beside(data, async (db) => {
      expect(await start('streams', join(files, 'none.csv'))).toEqual({
        code: 1,
        output: `antiphon: There is no file ${join(files, 'none.csv')}.\n`,
      })

      const people = await write('people.csv', ['id;fee;origin', 'ann;7,99;web', 'bob;9,99;app_store', 'cat;free;web'])
      const paid = await start('listeners', people, '--period', period, '--currency', 'EUR', '--decimal', ',')
      expect(paid).toMatchObject({ code: 0, output: expect.stringMatching(/FEE_INVALID +1 /) })

      const heard = ['date;user id;track id;seconds', '31/10/2026;ann;song;60', '01/10/2026;bob;song;90000']
      const streams = await write('heard.csv', [...heard, '32/10/2026;ann;song;1', '02/10/2026;eve;song;1'])
      const taken = await start('streams', streams, '--date-format', 'dd/mm/yyyy', '--delimiter', ';')
      expect(taken.code).toBe(0)
      const numbers = [/^heard\.csv is imported: imp_\w+, in \d+\.\d s\.$/m, /Rows read +4$/m, /Accepted +2$/m]
      const rest = [/Quarantined +2$/m, /DATE_INVALID +1 {2}\S/, /UNKNOWN_LISTENER +1 {2}\S/, /Flagged +1 /]
      for (const line of [...numbers, ...rest, /royalties\.imports\.problems/]) expect(taken.output).toMatch(line)
      const [id = ''] = /imp_\w+/.exec(taken.output) ?? []
      const again = await start('streams', streams, '--date-format', 'dd/mm/yyyy', '--delimiter', ';')
      expect(again).toEqual({
        code: 0,
        output: expect.stringMatching(/imported before, as heard\.csv on .*has changed/),
      })
      expect(again.output).toContain(id)

      const refused = await start('streams', await write('other.csv', ['a,b', '1,2']))
      expect(refused).toEqual({
        code: 1,
        output: expect.stringMatching(/^antiphon: other\.csv was not taken\. WRONG_COLUMNS: .*\n$/),
      })
      const { rows } = await sql<{ details: object }>`
        select details from audit_log where target = ${id}`.execute(db)
      expect(rows).toMatchObject([{ details: { kind: 'streams', by: 'the command' } }])
    })
  })
})

const [people, songs, count] = [2_000, 500, 40_000]
const wide = (name: string, n: number) => `${name}-of-a-service-with-long-names-${String(n).padStart(12, '0')}`

/** Streams of a month with some rows among them that cannot be taken. */
function madeFile() {
  const lines = ['date,listener,track,seconds,region']
  const good = { streams: 0, seconds: 0, last: 0 }
  const bad: string[] = []
  for (let n = 0; n < count; n++) {
    const [day, listener, track] = [
      String(1 + (n % 28)).padStart(2, '0'),
      wide('listener', (n * 7) % people),
      wide('track', n % songs),
    ]
    const line = n + 2
    const seconds = 20 + (n % 400)
    const code = n % 5_003 === 11 ? 'SECONDS_INVALID' : n % 7_001 === 13 ? 'UNKNOWN_LISTENER' : undefined
    const heard = code === 'UNKNOWN_LISTENER' ? 'nobody' : listener
    lines.push(`${period}-${day},${heard},${track},${code === 'SECONDS_INVALID' ? 'many' : seconds},DE`)
    if (code !== undefined) bad.push(`${line} ${code}`)
    else Object.assign(good, { streams: good.streams + 1, seconds: good.seconds + seconds, last: line })
  }
  return { text: `${lines.join('\n')}\n`, good, bad }
}

async function seed(db: Db): Promise<void> {
  await sql`insert into labels (id, name, name_key) select 'lbl_' || n, n, n from generate_series(1, 7) n`.execute(db)
  await sql`insert into tracks (id, external_id)
    select 'trk_' || n, 'track-of-a-service-with-long-names-' || lpad(n::text, 12, '0')
    from generate_series(0, ${songs - 100}::int) n`.execute(db)
  await sql`insert into track_rights (track_key, from_period, label_id, share_ppm)
    select key, '0001-01', 'lbl_' || 1 + key % 7, 1000000 - key % 3 * 100000 from tracks`.execute(db)
  await sql`insert into listeners (id, external_id)
    select 'lsn_' || n, 'listener-of-a-service-with-long-names-' || lpad(n::text, 12, '0')
    from generate_series(0, ${people - 1}::int) n`.execute(db)
  await sql`insert into royalty_periods (id, currency) values (${period}, 'EUR')`.execute(db)
  await sql`insert into listener_fees (period, listener_key, booked, gross_minor, origin)
    select ${period}, key, ${period}, 799, 'web' from listeners where key % 5 <> 0`.execute(db)
  await db.transaction().execute((tx) => restate(tx, { periods: [period], listeners: 'all' }, async () => {}))
}

const sorted = <Row extends { model: string; payee: string }>(rows: Row[]) =>
  rows.toSorted((a, b) => (a.model + a.payee < b.model + b.payee ? -1 : 1))

/** That the totals are what the streams come to by themselves. */
async function expectExact(db: Db): Promise<void> {
  const anew = []
  for (const model of modelNames) {
    const { payees, poolMicro, listeners } = await settlementOf(db, { period, model })
    for (const [payee, sum] of payees) anew.push({ model, payee, ...sum })
    expect(await findPeriod(db, period)).toMatchObject({ poolMicro, listeners })
  }
  expect(anew.length).toBeGreaterThan(20)
  expect(sorted(await totalsIn(db, period))).toEqual(sorted(anew))
}

interface Standing {
  part: number
  loaded: boolean
}

async function standing(db: Db): Promise<Standing | undefined> {
  const { rows } = await sql<Standing>`
    select bytes_done::float8 / greatest(bytes, 1) as part, loaded_at is not null as loaded
    from imports where state = 'running' and held_until > now()`.execute(db)
  return rows[0]
}

/** Whoever was killed is known to be gone at once, rather than in twenty seconds. */
async function bury(db: Db): Promise<void> {
  await expect
    .poll(
      async () => {
        const { rows } = await sql<{ open: number }>`select count(*)::int as open from pg_stat_activity
        where application_name = 'antiphon' and datname = current_database() and xact_start is not null
          and pid <> pg_backend_pid()`.execute(db)
        return rows[0]?.open
      },
      { timeout: 20_000 },
    )
    .toBe(0)
  await sql`update imports set held_until = now() - interval '1 minute' where held_until is not null`.execute(db)
}

const kills: [string, (now: Standing | undefined) => boolean][] = [
  ['as soon as it is begun', (now) => now !== undefined],
  ['while rows are read', (now) => (now?.part ?? 0) > 0.1],
  ['while more are read', (now) => (now?.part ?? 0) > 0.5],
  ['at the end of the file', (now) => now?.part === 1],
  ['while it is added to the totals', (now) => now?.loaded === true],
  ['and again', (now) => now?.loaded === true],
]

test('an import that is killed again and again is gone on with: each row is there once', async () => {
  const data = await dataDirectory()
  const path = join(data, 'streams.csv')
  const { text, good, bad } = madeFile()
  await writeFile(path, text)
  const args = ['import', 'streams', path, '--data', data]
  await beside(data, async (db) => {
    await seed(db)
    const killed: string[] = []
    for (const [when, isTime] of kills) {
      const command = antiphon(args)
      while (command.child.exitCode === null && !isTime(await standing(db))) await delay(2)
      await delay(Math.random() * 40)
      command.child.kill('SIGKILL')
      if ((await command.ended) === 'SIGKILL') killed.push(when)
      await bury(db)
    }
    expect(killed.length).toBeGreaterThanOrEqual(3)
    const last = await run(args)
    expect(last).toMatchObject({ code: 0, output: expect.stringMatching(/is imported|imported before/) })
    const { rows } = await sql`
      select i.state, i.rows_read, i.rows_accepted, i.rows_quarantined, s.streams, s.seconds, s.last, s.lines
      from imports i cross join lateral (
        select count(*)::int as streams, sum(seconds)::int as seconds, max(line) as last, count(distinct line)::int as lines
        from streams where import_key = i.key
      ) s where i.state in ('done', 'running')`.execute(db)
    const expected = { ...good, lines: good.streams, state: 'done' }
    const counts = { rows_read: count, rows_accepted: good.streams, rows_quarantined: bad.length }
    expect(rows).toEqual([{ ...expected, ...counts }])
    const problems = await sql<{ text: string }>`
      select line || ' ' || code as text from import_problems order by line`.execute(db)
    expect(problems.rows.map((row) => row.text)).toEqual(bad)
    await expectExact(db)
  })
})
