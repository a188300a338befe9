import { expect, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'

const { from, signUp, query } = await startTestServer({ sessionDays: { idle: 60, max: 200 } })

/** Has the hourly work done now, by the job that does it. */
async function sweep(): Promise<void> {
  await query(`select job.id from graphile_worker.add_job('sweep') as job`)
  const left = `select last_error from graphile_worker.jobs where task_identifier = 'sweep'`
  await vi.waitFor(async () => expect(await query(left)).toEqual([]), { timeout: 15_000, interval: 20 })
}

const addresses: [string, string | null][] = [
  ['203.0.113.77', '203.0.113.0/24'],
  ['10.1.2.255', '10.1.2.0/24'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
  ['::1', '::/48'],
  ['64:ff9b::203.0.113.77', '64:ff9b::/48'],
  ['unknown', null],
]

test.each(addresses)('of the address %s is left %s after 30 days', async (address, left) => {
  const action = newId('request')
  await query(
    `insert into audit_log (action, address, at)
     select $1, $2, now() - age from unnest(array['29 days 23 hours', '30 days 1 hour']::interval[]) as age`,
    [action, address],
  )
  const { user } = await signUp()
  await query(
    `insert into devices (id, user_id, secret_hash, address, last_seen_at)
     select 'dev_' || $1 || n, $1, 'x', $2, now() - (29.9 + n * 0.2) * interval '1 day' from generate_series(0, 1) n`,
    [user.id, address],
  )
  const kept = async () => [
    (
      await query<{ address: string }>('select address from audit_log where action = $1 order by at desc', [action])
    ).map((row) => row.address),
    (
      await query<{ address: string }>(
        `select address from devices where user_id = $1 and secret_hash = 'x' order by id`,
        [user.id],
      )
    ).map((row) => row.address),
  ]
  await sweep()
  expect(await kept()).toEqual([
    [address, left],
    [address, left],
  ])
  await sweep()
  expect(await kept()).toEqual([
    [address, left],
    [address, left],
  ])
})

test('the log itself keeps addresses of IPv6 and IPv4, and shows the network afterwards', async () => {
  const { user } = await signUp()
  for (const address of ['2001:db8:9:9::9', '::ffff:198.51.100.7'])
    await from(address).users.signIn.safe({ identifier: user.userName, password: 'wrong' })
  const rows = () =>
    query('select address from audit_log where target = $1 and action like $2 order by id', [user.id, '%.refused'])
  expect(await rows()).toEqual([{ address: '2001:db8:9:9::9' }, { address: '198.51.100.7' }])
  await query('alter table audit_log disable trigger user')
  await query(`update audit_log set at = at - interval '31 days' where target = $1`, [user.id])
  await query('alter table audit_log enable trigger user')
  await sweep()
  expect(await rows()).toEqual([{ address: '2001:db8:9::/48' }, { address: '198.51.100.0/24' }])
})

test.each([
  `update audit_log set action = 'nothing'`,
  'update audit_log set user_id = null',
  `update audit_log set target = 'usr_other', address = null`,
  `update audit_log set at = now() + interval '1 second'`,
  `update audit_log set details = '{"by": "nobody"}'`,
  'update audit_log set id = default',
  'delete from audit_log',
])('the log refuses: %s', async (sql) => {
  const { user } = await signUp()
  const lines = () => query('select l::text as line from audit_log l where target = $1', [user.id])
  const before = await lines()
  await expect(query(sql)).rejects.toThrow('The audit log is append-only.')
  expect(await lines()).toEqual(before)
  expect(before).toHaveLength(1)
})

test('devices and links that are past their time are removed, others stay', async () => {
  const [idle, old, live] = [await signUp(), await signUp(), await signUp()]
  await query(`update devices set last_seen_at = now() - interval '61 days' where user_id = $1`, [idle.user.id])
  await query(`update devices set created_at = now() - interval '201 days' where user_id = $1`, [old.user.id])
  await query(
    `update devices set created_at = now() - interval '199 days', last_seen_at = now() - interval '59 days' where user_id = $1`,
    [live.user.id],
  )
  for (const [seconds, { user }] of [
    [-1, idle],
    [60, live],
  ] as const) {
    await query(
      `insert into mail_tokens (id, user_id, purpose, email_key, secret_hash, expires_at)
       values ($1, $2, 'reset', 'x', 'x', now() + $3 * interval '1 second')`,
      [newId('mailToken'), user.id, seconds],
    )
  }
  expect(await codeOf(idle.client.users.me())).toBe('TOKEN_INVALID')
  await sweep()
  const owners = (table: string) =>
    query(`select user_id as id from ${table} where user_id = any ($1)`, [[idle, old, live].map(({ user }) => user.id)])
  expect(await owners('devices')).toEqual([{ id: live.user.id }])
  expect(await query(`select user_id as id from mail_tokens where email_key = 'x'`)).toEqual([{ id: live.user.id }])
  expect((await live.client.users.me()).id).toBe(live.user.id)
})
