import { createClient, type UserId } from '@antiphon/client'
import pg from 'pg'
import pino from 'pino'
import { afterAll, onTestFinished } from 'vitest'
import { codeOf } from '../../test/calls.ts'
import { testSecret } from '../../test/server.ts'
import { createDb, createPool } from '../db/connect.ts'
import { createHttpServer } from '../http/server.ts'
import { newId } from '../ids.ts'
import { createServices } from '../services.ts'
import type { IssuerSetting } from './issuers.ts'
import type { LiveStreams } from './live.ts'

/** An instance on a database, made as `createAntiphon` makes it, with its streams in view. */
export async function startInstance(
  database: string,
  issuers: IssuerSetting[] = [],
): Promise<{ url: string; live: LiveStreams }> {
  const log = pino({ level: 'silent' })
  const connection = { connectionString: database }
  const pool = createPool(connection, { max: 8 })
  const db = createDb(pool)
  const options = { database, secret: testSecret, callsPerMinute: 1_000_000, issuers }
  const running = await createServices({ options, connection, pool, db, log })
  const app = await createHttpServer({
    ...running,
    ...{ publicUrl: undefined, allowedOrigins: [], trustedProxies: 1 },
    readiness: async () => ({}),
    isClosing: () => false,
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  afterAll(async () => {
    app.server.closeAllConnections()
    await app.close()
    await running.close()
    await db.destroy()
  })
  return { url, live: running.services.live }
}

/** Makes the database read messages slowly: every page of an export takes half a second. */
export async function readSlowly(database: string): Promise<void> {
  await execute(
    database,
    `create function slowly() returns boolean volatile language sql as 'select pg_sleep(0.5) is not null';
    alter table messages enable row level security, force row level security;
    create policy reading on messages for select using ((select slowly()));
    create policy writing on messages for insert with check (true)`,
  )
}

/** Gives somebody so many messages of their own. */
export async function fillMessages(database: string, userId: UserId, count: number): Promise<void> {
  const roomId = newId('room')
  await execute(
    database,
    `insert into rooms (id, kind, created_by, last_seq) values ('${roomId}', 'group', '${userId}', ${count});
    insert into room_members (room_id, user_id, role) values ('${roomId}', '${userId}', 'owner');
    insert into messages (room_id, seq, sender_id, content_hash, body, sent_at)
      select '${roomId}', seq, '${userId}', '', 'Word ' || seq, now() from generate_series(1, ${count}) seq`,
  )
}

async function execute(database: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

export interface OpenStream {
  /** The messages that have come. */
  messages(): number
  /** The code of the error that it ends with, and after how long. */
  ending(): Promise<{ code: string; ms: number }>
}

/** Opens an export and reads it; resolves when the first item has come. It must not come to its end. */
export async function openStream(url: string, credentials: { token: string; as?: UserId }): Promise<OpenStream> {
  const client = createClient({ url, token: credentials.token, maxRetries: 0 })
  const stream = (credentials.as === undefined ? client : client.as(credentials.as)).users.export()
  onTestFinished(() => stream.close())
  let messages = 0
  const { promise: opened, resolve, reject } = Promise.withResolvers<void>()
  const reading = (async () => {
    for await (const { kind } of stream) {
      resolve()
      if (kind === 'message') messages += 1
    }
    throw new Error('The export came to its end.')
  })()
  reading.catch(reject)
  await opened
  return {
    messages: () => messages,
    async ending() {
      const start = performance.now()
      const code = await codeOf(reading)
      return { code, ms: performance.now() - start }
    },
  }
}
