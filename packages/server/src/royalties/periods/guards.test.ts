import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const keeper = await accountant(server)
const make = catalogueOf(keeper.client)

// One month that is closed, one that is frozen, one that is open; with something of everything in each.
const [closed, frozen, open] = ['2026-08', '2026-09', '2026-10'] as const
const label = await make.label()
const track = await make.track({ shares: [{ labelId: label.id, sharePpm: 1_000_000 }], from: closed })
for (const period of [closed, frozen, open]) {
  const listener = await make.listener({ period, grossMinor: 799n })
  await make.stream({ playedOn: `${period}-01`, listenerId: listener.id, trackId: track.id, seconds: 60 })
}

/** By the role that the server works with. */
const client = new pg.Client({ connectionString: server.databaseUrl })
await client.connect()
afterAll(() => client.end())

for (const period of [closed, frozen, open]) {
  const run = [`run_${period}`, period, 'pro-rata-seconds', Buffer.from('x'), '{}', 'EUR', 100, 1, 1, 0, 1, 1, 60]
  await client.query(
    `insert into royalty_runs (id, period, model, digest, policy, currency, pool_micro, pool_minor, payouts_minor, suspense_minor,
      listeners, streams, seconds) values (${run.map((_, at) => `$${at + 1}`).join(', ')})`,
    run,
  )
  await client.query(
    `insert into royalty_run_payees (run_id, period, payee, seconds, streams, listeners, weight, amount_minor)
     values ($1, $2, $3, 60, 1, 1, 60, 1)`,
    [`run_${period}`, period, label.id],
  )
  await client.query(
    `insert into royalty_run_lines (run_id, period, payee, track_key, seconds, streams, share_ppm, weight, amount_minor)
     select $1, $2, $3, key, 60, 1, 1000000, 60, 1 from tracks`,
    [`run_${period}`, period, label.id],
  )
  await client.query(
    `insert into royalty_statements (period, label_id, run_id, currency, opening_minor, earnings_minor, adjustments_minor,
      payments_minor, closing_minor, minimum_payout_minor, payable_minor) values ($1, $2, $3, 'EUR', 0, 1, 0, 0, 1, 0, 1)`,
    [period, label.id, `run_${period}`],
  )
}
await client.query(
  `insert into royalty_origins (name, from_period, counts_ppm) select 'guarded', id, 1 from royalty_periods`,
)
await client.query(
  `insert into royalty_policies (from_period, fee_rounding, minimum_seconds, minimum_payout_minor, suspicious_seconds)
   select id, 'none', 0, 0, 1 from royalty_periods`,
)
await client.query(
  `insert into track_rights (track_key, from_period, label_id, share_ppm)
   select t.key, p.id, $1, 1 from royalty_periods p, tracks t on conflict do nothing`,
  [label.id],
)
await client.query(`update royalty_periods set state = 'closed' where id = $1`, [closed])
await client.query(`update royalty_periods set state = 'frozen' where id = $1`, [frozen])

const codeOf = (statement: string, values: unknown[] = []) =>
  client.query(statement, values).then(
    () => 'ok',
    (error: unknown) => (error instanceof pg.DatabaseError ? error.code : String(error)),
  )

/** The same, undone. */
async function tried(statement: string, values: unknown[] = []) {
  await client.query('begin')
  const code = await codeOf(statement, values)
  await client.query('rollback')
  return code
}

/** Tables of facts and results: the column of their period, one that can be changed, whether a frozen period keeps them too. */
const tables = [
  ['streams', 'booked', 'seconds = seconds', true],
  ['listener_fees', 'booked', 'gross_minor = 0', true],
  ['royalty_totals', 'period', 'seconds = 0', true],
  ['royalty_run_payees', 'period', 'seconds = 0', true],
  ['royalty_run_lines', 'period', 'seconds = 0', true],
  ['royalty_runs', 'period', 'listeners = 0', false],
  ['royalty_statements', 'period', 'payable_minor = 0', false],
] as const

describe.each(tables)('%s', (table, column, change, keepsFrozen) => {
  test.each([
    [closed, 'RP001'],
    [frozen, keepsFrozen ? 'RP002' : 'ok'],
    [open, 'ok'],
  ])('of %s: changes and removals are answered with %s', async (period, code) => {
    expect(await tried(`update ${table} set ${change} where ${column} = $1`, [period])).toBe(code)
    const reach = table === 'royalty_runs' ? 'royalty_run_payees' : table
    if (code !== 'ok' || table !== 'royalty_runs')
      expect(await tried(`delete from ${reach} where ${column} = $1`, [period])).toBe(code)
  })

  test('nothing is moved into a closed period, and none of its rows out of it', async () => {
    const unmoved = /^(RP00[12]|23\d{3})$/
    expect(await tried(`update ${table} set ${column} = $1 where ${column} = $2`, [closed, open])).toMatch(unmoved)
    expect(await tried(`update ${table} set ${column} = $2 where ${column} = $1`, [closed, open])).toMatch(unmoved)
  })

  test('cannot be emptied', async () => {
    expect(await tried(`truncate ${table} cascade`)).toMatch(/^RP00[14]$/)
  })
})

describe('new rows', () => {
  const into = (period: string): [string, unknown[]][] => [
    [
      `insert into streams (period, booked, listener_key, track_key, played_on, seconds)
        select $1, $1, listener_key, track_key, played_on, 1 from streams where booked = $2`,
      [period, open],
    ],
    [
      `insert into listener_fees (period, booked, listener_key, gross_minor, origin)
        select $1, $1, listener_key, 1, 'web' from listener_fees where booked = $2`,
      [period, period === open ? frozen : open],
    ],
    [
      `insert into royalty_totals (period, model, payee, seconds, streams, listeners, weight) values ($1, 'x', 'y', 1, 1, 1, 1)`,
      [period],
    ],
    [
      `insert into royalty_run_payees (run_id, period, payee, seconds, streams, listeners, weight, amount_minor)
        values ($2, $1, 'x', 1, 1, 1, 1, 1)`,
      [period, `run_${period}`],
    ],
    [
      `insert into royalty_run_lines (run_id, period, payee, track_key, seconds, streams, share_ppm, weight, amount_minor)
        values ($2, $1, 'x', 0, 1, 1, 1, 1, 1)`,
      [period, `run_${period}`],
    ],
  ]
  test.each([
    [closed, 'RP001'],
    [frozen, 'RP002'],
    [open, 'ok'],
  ])('of %s are answered with %s', async (period, code) => {
    for (const [statement, values] of into(period))
      expect([statement, await tried(statement, values)]).toEqual([statement, code])
  })

  test('of a period that there is not are refused', async () => {
    for (const [statement, values] of into('2031-01').slice(0, 3)) expect(await tried(statement, values)).toBe('RP003')
  })
})

describe.each([
  ['track_rights', 'share_ppm = 2'],
  ['royalty_origins', 'counts_ppm = 2'],
  ['royalty_policies', 'minimum_seconds = 2'],
])('%s', (table, change) => {
  test.each([
    [closed, 'RP001'],
    [frozen, 'RP002'],
    [open, 'ok'],
  ])('from %s on: changes and removals are answered with %s', async (period, code) => {
    expect(await tried(`update ${table} set ${change} where from_period = $1`, [period])).toBe(code)
    expect(await tried(`delete from ${table} where from_period = $1`, [period])).toBe(code)
    const moved = await tried(`update ${table} set from_period = '2099-01' where from_period = $1`, [period])
    expect(moved).toBe(code)
    expect(await tried(`update ${table} set from_period = $1 where from_period = $2`, [period, open])).toMatch(
      code === 'ok' ? /ok/ : new RegExp(`${code}|23505`),
    )
  })

  test('cannot be emptied', async () => {
    expect(await tried(`truncate ${table}`)).toBe('RP001')
  })
})

describe('periods', () => {
  test('stay closed, and none comes before them', async () => {
    expect(await tried(`update royalty_periods set state = 'open' where id = $1`, [closed])).toBe('RP001')
    expect(await tried(`update royalty_periods set pool_micro = 1 where id = $1`, [closed])).toBe('RP001')
    expect(await tried(`delete from royalty_periods where id = $1`, [closed])).toBe('RP001')
    expect(await tried(`delete from royalty_periods where id = $1`, [frozen])).toBe('RP002')
    expect(await tried(`insert into royalty_periods (id) values ('2020-01')`)).toBe('RP001')
    expect(await tried(`update royalty_periods set id = '2019-01' where id = $1`, [open])).toBe('RP004')
    expect(await tried(`truncate royalty_periods cascade`)).toMatch(/^RP00[14]$/)
    expect(await tried(`update royalty_periods set state = 'open' where id = $1`, [frozen])).toBe('ok')
  })

  test('what is written of single streams and of the ledger is never changed', async () => {
    for (const table of ['stream_changes', 'ledger_entries', 'ledger_accounts', 'royalty_payments'])
      expect([table, await tried(`truncate ${table} cascade`)]).toEqual([table, 'RP004'])
    expect(await tried(`update stream_changes set reason = 'x'`)).toBe('RP004')
    expect(await tried(`delete from stream_changes`)).toBe('RP004')
  })

  test('the guards cannot be taken away by the way: the role has no rights to switch them off for a session', async () => {
    expect(await tried(`set session_replication_role = replica`)).toBe('42501')
  })
})
