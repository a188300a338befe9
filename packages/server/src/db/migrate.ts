import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

/** Any number, the same in every instance: who holds it migrates. */
const lockKey = 7_201_436_811

const defaultFolder = fileURLToPath(new URL('../../migrations', import.meta.url))

export interface Migration {
  readonly name: string
  readonly sql: string
  readonly checksum: string
}

/** A database that cannot be brought to this version as it is. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'
}

/** The migrations of a folder, `0001_name.sql` and so on, in order. */
export async function readMigrations(folder = defaultFolder): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name, index) => {
      if (Number(/^(\d{4})_\w+\.sql$/.exec(name)?.[1]) !== index + 1) {
        throw new MigrationError(`Migration files are numbered without gaps; "${name}" is not number ${index + 1}.`)
      }
      const sql = (await readFile(join(folder, name), 'utf8')).replaceAll('\r\n', '\n')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

/**
 * Applies what is missing, all in one transaction under a lock, so that instances may start at once. The schema of the job
 * queue comes first, by its own migrations.
 * @returns the names of the migrations applied now
 * @throws MigrationError when an applied file has changed since
 */
export async function migrate(connection: pg.ClientConfig, migrations?: readonly Migration[]): Promise<string[]> {
  const wanted = migrations ?? (await readMigrations())
  const client = new pg.Client({ ...connection, application_name: 'antiphon migrate' })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [lockKey])
    await migrateJobs(connection)
    const applied = await readApplied(client)
    const pending = checkApplied(wanted, applied)
    for (const migration of pending) await apply(client, migration)
    await client.query('commit')
    return pending.map(({ name }) => name)
  } finally {
    await client.end().catch(() => {})
  }
}

/** Under the caller's lock, but on another connection: the queue's migrations commit one by one. */
async function migrateJobs(connection: pg.ClientConfig): Promise<void> {
  // It looks for configuration files when it is imported, which importing us must not do.
  const { Logger, runMigrations } = await import('graphile-worker')
  const pool = new pg.Pool({ ...connection, application_name: 'antiphon migrate', max: 1 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  try {
    await runMigrations({ pgPool: pool, schema: 'graphile_worker', logger: new Logger(() => () => {}) })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new MigrationError(`The schema graphile_worker of the job queue cannot be brought up: ${reason}`, { cause })
  } finally {
    await pool.end()
  }
}

/** Whether the database has every migration of this version. */
export async function isMigrated(pool: pg.Pool, wanted: readonly Migration[]): Promise<boolean> {
  const { rows } = await pool.query<{ count: number }>(
    'select count(*)::int as count from antiphon_migrations where name = any($1)',
    [wanted.map(({ name }) => name)],
  )
  return rows[0]?.count === wanted.length
}

async function readApplied(client: pg.Client): Promise<Map<string, string>> {
  await client.query(`
    create table if not exists antiphon_migrations (
      name text collate "C" primary key,
      checksum text not null,
      applied_at timestamptz(3) not null default now()
    )`)
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select name, checksum from antiphon_migrations order by name',
  )
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

/** What is still to be applied. Migrations of a newer version that this one does not know are left alone. */
function checkApplied(wanted: readonly Migration[], applied: ReadonlyMap<string, string>): Migration[] {
  const changed = wanted.filter(({ name, checksum }) => applied.has(name) && applied.get(name) !== checksum)
  if (changed.length > 0) {
    const names = changed.map(({ name }) => name).join(', ')
    throw new MigrationError(
      `The database was migrated by another text of ${names}. Applied migrations are never edited: ` +
        'restore the file as it was and put the change into a new migration.',
    )
  }
  return wanted.filter(({ name }) => !applied.has(name))
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  try {
    await client.query(sql)
  } catch (cause) {
    throw new MigrationError(`Migration ${name} failed: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
  await client.query('insert into antiphon_migrations (name, checksum) values ($1, $2)', [name, checksum])
}
