import { createClient } from '@antiphon/client'
import pino from 'pino'
import { afterAll, expect, test } from 'vitest'
import { startTestServer } from '../../test/server.ts'
import type { UserAuth } from '../access.ts'
import { createDb, createPool } from '../db/connect.ts'
import { type DeviceId, newId } from '../ids.ts'
import { createActivity } from './activity.ts'

const { url, databaseUrl, signUp, query } = await startTestServer()
const other = await startTestServer({ database: databaseUrl })
const db = createDb(createPool({ connectionString: databaseUrl }, { max: 2 }))
afterAll(() => db.destroy())

const deviceOf = (token: string) => token.split('.')[0] as DeviceId

/** Counts the writes to a device's row from now on: a trigger tells them. */
async function countWrites(id: string) {
  const name = `seen_${id.slice(-20)}`
  await query(`create table ${name} (at timestamptz default clock_timestamp())`)
  await query(`create function ${name}() returns trigger language plpgsql as $$
    begin insert into ${name} default values; return new; end $$`)
  await query(`create trigger ${name} after update on devices for each row
    when (new.id = '${id}' and new.last_seen_at > old.last_seen_at)
    execute function ${name}()`)
  return async () => (await query(`select at from ${name}`)).length
}

const minutesAgo = (id: string, minutes: number) =>
  query('update devices set last_seen_at = now() - make_interval(mins => $2) where id = $1', [id, minutes])

test('two hundred calls write when a device was seen once, also over two instances', async () => {
  const { token } = await signUp()
  await minutesAgo(deviceOf(token), 2)
  const writes = await countWrites(deviceOf(token))
  const clients = [createClient({ url, token }), createClient({ url: other.url, token })]
  for (let call = 0; call < 100; call++) await Promise.all(clients.map((client) => client.users.me()))
  await expect.poll(writes, { timeout: 12_000 }).toBe(1)
  for (let call = 0; call < 20; call++) await Promise.all(clients.map((client) => client.users.me()))
  // Once more what both instances write every five seconds.
  await new Promise((resolve) => setTimeout(resolve, 6_000))
  expect(await writes()).toBe(1)
}, 40_000)

test('calls within a minute of the last write write nothing', async () => {
  const { client, token } = await signUp()
  const writes = await countWrites(deviceOf(token))
  const activity = createActivity(db, pino({ level: 'silent' }))
  await client.users.me()
  const auth = { deviceId: deviceOf(token) } as UserAuth & { deviceId: DeviceId }
  activity.sawDevice(auth, new Date(Date.now() - 59_000), '192.0.2.1')
  await activity.flush()
  expect(await writes()).toBe(0)
  activity.sawDevice(auth, new Date(Date.now() - 61_000), '192.0.2.1')
  await activity.flush()
  expect(await writes()).toBe(0)
  await minutesAgo(auth.deviceId, 2)
  activity.sawDevice(auth, new Date(Date.now() - 61_000), null)
  activity.sawDevice(auth, new Date(Date.now() - 61_000), '192.0.2.1')
  await activity.flush()
  expect(await writes()).toBe(1)
  expect((await query('select address from devices where id = $1', [auth.deviceId]))[0]).toEqual({
    address: '192.0.2.1',
  })
  await activity.close()
})

test('what is noted is written at the end; what is gone meanwhile harms nothing', async () => {
  const [{ token, user }, gone] = [await signUp(), await signUp()]
  await minutesAgo(deviceOf(token), 90)
  await query('update presences set seen_at = null where user_id = $1', [user.id])
  await query('delete from devices where id = $1', [deviceOf(gone.token)])
  const activity = createActivity(db, pino({ level: 'silent' }))
  const long = new Date(0)
  for (const person of [{ token, user }, gone]) {
    const auth = { deviceId: deviceOf(person.token), userId: person.user.id } as UserAuth & { deviceId: DeviceId }
    activity.sawDevice(auth, long, null)
  }
  activity.sawUser(newId('user'))
  activity.sawKey(newId('apiKey'), null)
  await activity.close()
  const [row] = await query<{ recent: boolean }>(
    `select last_seen_at > now() - interval '1 minute' as recent from devices where id = $1`,
    [deviceOf(token)],
  )
  expect(row).toEqual({ recent: true })
  const [presence] = await query('select seen_at from presences where user_id = $1', [user.id])
  expect(presence?.seen_at).toBeInstanceOf(Date)
})

test('a database that is away costs a warning, not the process', async () => {
  const warnings: unknown[] = []
  const pool = createPool({ connectionString: databaseUrl }, { max: 1 })
  const away = createDb(pool)
  await pool.end()
  const activity = createActivity(away, pino({ level: 'warn' }, { write: (line) => void warnings.push(line) }))
  activity.sawUser(newId('user'))
  await expect.poll(() => warnings.length, { timeout: 8_000 }).toBe(1)
  expect(String(warnings[0])).toContain('who was seen could not be written')
  await activity.close()
})
