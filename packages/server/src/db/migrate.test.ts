import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../../test/database.ts'
import { MigrationError, migrate, readMigrations } from './migrate.ts'

async function emptyDatabase() {
  const { url } = await createTestDatabase({ empty: true })
  const connection = { connectionString: url }
  const query = async (sql: string) => {
    const client = new pg.Client(connection)
    await client.connect()
    return (await client.query(sql).finally(() => client.end())).rows
  }
  return { connection, query }
}

const migration = (name: string, sql: string) => ({
  name,
  sql,
  checksum: createHash('sha256').update(sql).digest('hex'),
})

test('applies what is missing, once', async () => {
  const { connection } = await emptyDatabase()
  const names = (await readMigrations()).map(({ name }) => name)
  expect(names.length).toBeGreaterThan(0)
  expect(await migrate(connection)).toEqual(names)
  expect(await migrate(connection)).toEqual([])
})

test('five instances at once apply each migration once', async () => {
  const { connection, query } = await emptyDatabase()
  const slow = [migration('0001_a.sql', 'create table a (x int); select pg_sleep(0.3)')]
  const applied = await Promise.all(Array.from({ length: 5 }, () => migrate(connection, slow)))
  expect(applied.flat()).toEqual(['0001_a.sql'])
  expect(await query('select count(*)::int as count from antiphon_migrations')).toEqual([{ count: 1 }])
})

test('refuses an applied file that has changed, naming it, and applies nothing', async () => {
  const { connection, query } = await emptyDatabase()
  await migrate(connection, [migration('0001_a.sql', 'create table a (x int)')])
  const changed = [
    migration('0001_a.sql', 'create table a (x bigint)'),
    migration('0002_b.sql', 'create table b (x int)'),
  ]
  await expect(migrate(connection, changed)).rejects.toThrow(MigrationError)
  await expect(migrate(connection, changed)).rejects.toThrow(/another text of 0001_a\.sql/)
  expect(await query("select to_regclass('b') as b")).toEqual([{ b: null }])
})

test('a migration that fails leaves the database as it was', async () => {
  const { connection, query } = await emptyDatabase()
  const broken = [migration('0001_a.sql', 'create table a (x int)'), migration('0002_b.sql', 'create tabel b (x int)')]
  await expect(migrate(connection, broken)).rejects.toThrow(/0002_b\.sql failed: syntax error/)
  expect(await query("select to_regclass('a') as a")).toEqual([{ a: null }])
})

test('a database of a newer version is left alone', async () => {
  const { connection } = await emptyDatabase()
  const [first, second] = [migration('0001_a.sql', 'select 1'), migration('0002_b.sql', 'select 2')]
  await migrate(connection, [first, second])
  expect(await migrate(connection, [first])).toEqual([])
})

test('files are numbered without gaps, and line ends do not count', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'antiphon-migrations-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, '0001_a.sql'), 'select 1;\r\nselect 2;\r\n')
  const [first] = await readMigrations(folder)
  expect(first).toEqual(migration('0001_a.sql', 'select 1;\nselect 2;\n'))
  await writeFile(join(folder, '0003_c.sql'), 'select 3')
  await expect(readMigrations(folder)).rejects.toThrow(/0003_c\.sql/)
})
