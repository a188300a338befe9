import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AntiphonClient, createClient, type User } from '@antiphon/client'
import pg from 'pg'
import pino from 'pino'
import { afterAll, onTestFinished } from 'vitest'
import { type AntiphonOptions, createAntiphon } from '../src/app.ts'
import { createTestDatabase } from './database.ts'

export { codeOf, collect } from './calls.ts'

export interface Person {
  client: AntiphonClient
  user: User
  token: string
}

export const testSecret = 'a secret of tests, of no use anywhere else'

let people = 0

/** Has something done after the test that is under way, or after all of the file. */
export function atEnd(work: () => Promise<void>): void {
  try {
    onTestFinished(work)
  } catch {
    // It is no test that is under way.
    afterAll(work)
  }
}

/**
 * A server with a database of its own for a test file, on a free port of loopback, and clients of it. With `database`,
 * another instance on the database of the first.
 */
export async function startTestServer(options: Partial<AntiphonOptions> = {}) {
  const database = options.database === undefined ? await createTestDatabase({ keep: true }) : undefined
  const databaseUrl = options.database ?? database?.url ?? ''
  const filesDirectory = join(tmpdir(), `antiphon-files-${randomUUID()}`)
  const antiphon = await createAntiphon({
    filesDirectory,
    ...{ maxConnections: 8, log: pino({ level: 'silent' }), secret: testSecret },
    // Tests are many people at one address: those that are about addresses name their own.
    ...{ callsPerMinute: 1_000_000, trustedProxies: 1 },
    ...options,
    database: databaseUrl,
  })
  const { url } = await antiphon.listen({ port: 0 })
  atEnd(async () => {
    await antiphon.close()
    await database?.drop()
    await rm(filesDirectory, { recursive: true, force: true })
  })
  /** A client that comes from an address, with a token where one is given. */
  const from = (address: string, token?: string) =>
    createClient({ url, headers: { 'x-forwarded-for': address }, ...(token !== undefined && { token }) })
  const signUp = async (userName = `person${++people}`): Promise<Person> => {
    const { user, token } = await createClient({ url }).users.signUp({
      userName,
      email: `${userName}@example.com`,
      password: passwordOf(userName),
    })
    return { user, token, client: createClient({ url, token }) }
  }
  /** SQL on the server's database. */
  const query = async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    const { rows } = await client.query<Row>(sql, values).finally(() => client.end())
    return rows
  }
  const signUpAdmin = async (userName?: string): Promise<Person> => {
    const person = await signUp(userName)
    await query(`update users set roles = '{admin}' where id = $1`, [person.user.id])
    return person
  }
  return { url, databaseUrl, antiphon, anyone: createClient({ url }), from, signUp, signUpAdmin, query }
}

/** The password of whom `signUp` made. */
export function passwordOf(userName: string): string {
  return `password of ${userName}`
}
