import { expect, test } from 'vitest'
import { startTestServer } from '../../test/server.ts'
import { createDb, createPool } from '../db/connect.ts'
import { tableNames } from '../db/tables.gen.ts'
import { accountant, catalogueOf, shut } from '../royalties/royalties.fixture.ts'
import { emptyDatabase } from './empty.ts'

const server = await startTestServer()
const { query } = server

/** How many rows each table has. */
async function counted() {
  const counts = await Promise.all(
    tableNames.map(async (name) => [name, (await query(`select 1 from ${name}`)).length] as const),
  )
  return Object.fromEntries(counts.filter(([, count]) => count > 0))
}

const terms = () =>
  query(`select name, from_period, counts_ppm::text from royalty_origins union all
    select fee_rounding, from_period, concat_ws(' ', minimum_seconds, minimum_payout_minor, suspicious_seconds)
    from royalty_policies order by 1`)

test('a reset empties the accounts, too: closed periods and what is only added to; terms are as in the beginning', async () => {
  // Of which secret it was is written anew when a server starts.
  const { secret_check: _, ...before } = await counted()
  const first = await terms()
  const keeper = await accountant(server)
  const make = catalogueOf(keeper.client)
  const label = await make.label()
  const track = await make.track({ labelId: label.id })
  const listener = await make.listener({ period: '2026-08', grossMinor: 799n })
  await make.stream({ playedOn: '2026-08-01', listenerId: listener.id, trackId: track.id, seconds: 60 })
  await keeper.client.royalties.policies.set({ minimumSeconds: 5 })
  await keeper.client.royalties.origins.set({ name: 'web', countsPpm: 1 })
  await query(`insert into ledger_accounts (id, kind, currency) values ('acc_1', 'suspense', 'EUR')`)
  await shut(server, '2026-08', 'closed')
  await shut(server, '2026-09', 'frozen')

  const db = createDb(createPool({ connectionString: server.databaseUrl }, { max: 1 }))
  await emptyDatabase(db)
  await db.destroy()
  expect(await counted()).toEqual(before)
  expect(await terms()).toEqual(first)
  // The guards are back.
  await shut(server, '2026-08', 'closed')
  await expect(query(`update royalty_origins set counts_ppm = 5`)).rejects.toMatchObject({ code: 'RP001' })
  await expect(query(`truncate stream_changes`)).rejects.toMatchObject({ code: 'RP004' })
})
