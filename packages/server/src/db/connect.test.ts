import { sql } from 'kysely'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../../test/database.ts'
import { createDb, createPool } from './connect.ts'

async function open(max = 2) {
  const { url } = await createTestDatabase()
  const lost: Error[] = []
  const db = createDb(createPool({ connectionString: url }, { max, onError: (error) => lost.push(error) }))
  onTestFinished(() => db.destroy())
  return { db, lost, url }
}

/** Ends all other connections of the database, as the loss of the server would. */
async function terminateOthers(connectionString: string) {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
  )
  await client.end()
}

test('int8 comes as bigint, timestamps as Date', async () => {
  const { db } = await open()
  const { rows } =
    await sql`select 9007199254740993::int8 as big, 'epoch'::timestamptz as at, null::int8 as none`.execute(db)
  expect(rows).toEqual([{ big: 9007199254740993n, at: new Date(0), none: null }])
})

test('statements with parameters are prepared once per connection', async () => {
  const { db } = await open(1)
  for (const name of ['a', 'b', 'c'])
    await db.selectFrom('users').select('id').where('user_name_key', '=', name).execute()
  const { rows } = await sql<{
    name: string
  }>`select name, statement from pg_prepared_statements where statement like '%user_name_key%'`.execute(db)
  expect(rows).toHaveLength(1)
})

test('a connection whose plan no longer fits is discarded', async () => {
  const { db } = await open(1)
  const read = () => sql`select * from changing where x = ${1}`.execute(db)
  await sql`create table changing (x int)`.execute(db)
  await read()
  await sql`alter table changing add column y int`.execute(db)
  await expect(read()).rejects.toMatchObject({ code: '0A000' })
  expect((await read()).rows).toEqual([])
})

test('the loss of the server during a transaction ends the transaction, not the process', async () => {
  const { db, lost, url } = await open()
  const transaction = db.transaction().execute(async (tx) => {
    await sql`select 1`.execute(tx)
    await terminateOthers(url)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await sql`select 2`.execute(tx)
  })
  await expect(transaction).rejects.toThrow()
  expect(lost.length).toBeGreaterThan(0)
  expect((await sql<{ two: number }>`select 2 as two`.execute(db)).rows).toEqual([{ two: 2 }])
})

test('idle connections that were lost are replaced', async () => {
  const { db, url } = await open()
  await sql`select 1`.execute(db)
  await terminateOthers(url)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect((await sql`select 1 as one`.execute(db)).rows).toEqual([{ one: 1 }])
})
