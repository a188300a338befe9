import { sql } from 'kysely'
import pg from 'pg'
import { expect, inject, onTestFinished, test } from 'vitest'
import { createTestDatabase } from '../../test/database.ts'
import { createDb, createPool } from '../db/connect.ts'
import { MigrationError, migrate } from '../db/migrate.ts'
import { enqueue } from './enqueue.ts'

test('the schema of the queue is made by a role without special rights, by one of several instances', async () => {
  const { url } = await createTestDatabase({ empty: true })
  const connection = { connectionString: url }
  await Promise.all(Array.from({ length: 4 }, () => migrate(connection, [])))
  const db = createDb(createPool(connection))
  onTestFinished(() => db.destroy())
  await enqueue(db, 'any', {})
  const { rows } = await sql<{ extensions: number }>`
    select count(*)::int as extensions from pg_extension where extname <> 'plpgsql'`.execute(db)
  expect(rows).toEqual([{ extensions: 0 }])
})

test('a role that may not make the schema is told so', async () => {
  const { url } = await createTestDatabase({ empty: true })
  const role = `r_${Date.now()}`
  const admin = new pg.Client(inject('postgres').admin)
  await admin.connect()
  await admin.query(`create role ${role} login password 'secret'`)
  const connection = {
    ...inject('postgres').admin,
    user: role,
    password: 'secret',
    database: /\/(\w+)\?/.exec(url)?.[1] ?? '',
  }
  const refused = migrate(connection, [])
  await expect(refused).rejects.toThrow(MigrationError)
  await expect(refused).rejects.toThrow(/graphile_worker.*permission denied for database/)
  await admin.query(`drop role ${role}`)
  await admin.end()
})
