import { rm } from 'node:fs/promises'
import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { holdServer } from '../src/db/embedded/hold.ts'
import { migrate } from '../src/db/migrate.ts'
import { startSystemPostgres } from './systemPostgres.ts'
import { temporaryDirectory } from './temporary.ts'

declare module 'vitest' {
  interface ProvidedContext {
    postgres: TestPostgres
  }
}

/** A server on which tests make databases: who may make them, and who owns and uses them. */
export interface TestPostgres {
  admin: pg.ClientConfig
  owner: { user: string; password?: string }
  template: string
}

/**
 * One Postgres for the run: TEST_DATABASE_URL, or the system's own binaries in TEST_POSTGRES_BIN, or the bundled one.
 * In it a migrated template that each test file clones.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { admin, owner, stop } = await startPostgres()
  const template = `antiphon_template_${process.pid}`
  const client = new pg.Client(admin)
  await client.connect()
  await client.query(`create database ${template} owner ${owner.user}`)
  await migrate({ ...admin, ...owner, database: template })
  const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version")
  console.log(`Database tests run on Postgres ${rows[0]?.version}.`)
  project.provide('postgres', { admin, owner, template })
  return async () => {
    await client.query(`drop database if exists ${template} with (force)`)
    await client.end()
    await stop()
  }
}

interface Started {
  admin: pg.ClientConfig
  owner: { user: string; password?: string }
  stop: () => Promise<void>
}

async function startPostgres(): Promise<Started> {
  const { TEST_DATABASE_URL, TEST_POSTGRES_BIN } = process.env
  if (TEST_DATABASE_URL) {
    const { hostname, port, username, password, pathname } = new URL(TEST_DATABASE_URL)
    const [user, secret] = [decodeURIComponent(username), decodeURIComponent(password)]
    const owner = { user, ...(secret && { password: secret }) }
    const admin = { ...owner, host: hostname, port: Number(port || 5432), database: pathname.slice(1) || 'postgres' }
    return { admin, owner, stop: async () => {} }
  }
  if (TEST_POSTGRES_BIN) return startSystemPostgres(TEST_POSTGRES_BIN)
  const directory = await temporaryDirectory()
  const server = await holdServer(directory)
  const { user, password } = server.connection
  const stop = async () => {
    await server.release()
    await rm(directory, { recursive: true })
  }
  return { admin: server.admin, owner: { user, password }, stop }
}
