import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { Client } from 'pg'

/** Name of the application's role and of the database it owns. */
export const application = 'antiphon'

const setupLock = 4_710_222
const iterations = 4096

/**
 * Makes sure that the application's role and database exist, over a superuser's connection. Whatever a crash left
 * undone is done at the next call; several processes may call at once.
 */
export async function ensureDatabase(client: Client, password: string): Promise<void> {
  if ((await missing(client)).length === 0) return
  await client.query('select pg_advisory_lock($1)', [setupLock])
  for (const statement of await missing(client, password)) await client.query(statement)
  await client.query('select pg_advisory_unlock($1)', [setupLock])
}

async function missing(client: Client, password = ''): Promise<string[]> {
  const { rows } = await client.query<{ role: boolean; database: boolean }>(
    `select exists(select from pg_roles where rolname = $1) as role,
            exists(select from pg_database where datname = $1) as database`,
    [application],
  )
  const [found] = rows
  return [
    // The hash, not the password: a failed statement may be logged with its text.
    ...(found?.role ? [] : [`create role ${application} login password '${scramHash(password)}'`]),
    ...(found?.database ? [] : [`create database ${application} owner ${application} template template0`]),
  ]
}

/** What Postgres stores for a password: SCRAM-SHA-256, RFC 5803. For ASCII passwords only. */
function scramHash(password: string): string {
  const salt = randomBytes(16)
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${hmac('Server Key').toString('base64')}`
}
