// A process that holds a server, for tests that kill it: `holder.fixture.ts <directory>`.
// Takes the lines "write" and "release" on standard input, answers with one JSON object per line.
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { type Connection, holdServer } from './hold.ts'

function say(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

/** Inserts 1, 2, 3 ... into `acknowledged` for ever, over any outage, and reports each id after its commit. */
async function write(connection: Connection): Promise<never> {
  for (;;) {
    const client = new Client(connection)
    client.on('error', () => {})
    try {
      await client.connect()
      await client.query('create table if not exists acknowledged (id bigint primary key)')
      const { rows } = await client.query<{ last: string }>('select coalesce(max(id), 0) as last from acknowledged')
      for (let id = Number(rows[0]?.last) + 1; ; id++) {
        await client.query('insert into acknowledged values ($1)', [id])
        say({ row: id })
      }
    } catch {
      client.end().catch(() => {})
      await sleep(50)
    }
  }
}

try {
  const held = await holdServer(process.argv[2] ?? '', { log: (log) => say({ log }) })
  say({ connection: held.connection, admin: held.admin })
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'write') void write(held.connection)
    if (line === 'release') {
      await held.release()
      process.exit(0)
    }
  }
} catch (error) {
  say({ error: (error as Error).message })
  process.exit(1)
}
