import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject, onTestFinished } from 'vitest'

/** A database of its own, cloned from the migrated template (or empty), as a connection string; dropped afterwards. */
export async function createTestDatabase({
  empty = false,
  keep = false,
} = {}): Promise<{ url: string; drop: () => Promise<void> }> {
  const { admin, owner, template } = inject('postgres')
  const name = `t_${randomBytes(6).toString('hex')}`
  await execute(admin, `create database ${name} owner ${owner.user} ${empty ? '' : `template ${template}`}`)
  const drop = () => execute(admin, `drop database if exists ${name} with (force)`)
  if (!keep) onTestFinished(drop)
  const password = owner.password === undefined ? '' : `:${encodeURIComponent(owner.password)}`
  const host = encodeURIComponent(admin.host ?? 'localhost')
  return { url: `postgres://${owner.user}${password}@/${name}?host=${host}&port=${admin.port}`, drop }
}

async function execute(connection: pg.ClientConfig, sql: string): Promise<void> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
