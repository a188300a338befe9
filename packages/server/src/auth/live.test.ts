import { createClient, type UserId } from '@antiphon/client'
import { afterAll, describe, expect, test } from 'vitest'
import { passwordOf, startTestServer } from '../../test/server.ts'
import { startIssuer } from './issuer.fixture.ts'
import { fillMessages, openStream, readSlowly, startInstance } from './live.fixture.ts'

const { url, databaseUrl, signUp, signUpAdmin, query } = await startTestServer()
const issuer = await startIssuer()
afterAll(() => issuer.stop())
const elsewhere = await startInstance(databaseUrl, [issuer.setting])
await readSlowly(databaseUrl)
const admin = await signUpAdmin('admin')

/** Somebody with an export of a quarter of a minute. */
async function talker() {
  const person = await signUp()
  await fillMessages(databaseUrl, person.user.id, 6_000)
  return person
}

async function signInAgain(userName: string) {
  const { token } = await createClient({ url }).users.signIn({ identifier: userName, password: passwordOf(userName) })
  return { token, deviceId: token.split('.')[0] as `dev_${string}` }
}

async function keyFor(userId: UserId | undefined, client = admin.client) {
  const scopes = userId === undefined ? (['users:read'] as const) : (['users:read', 'act-as'] as const)
  const kind = userId === undefined ? 'personal' : 'service'
  const { apiKey, secret } = await client.users.apiKeys.create({ name: 'Streams', kind, scopes: [...scopes] })
  return { id: apiKey.id, token: secret }
}

type Person = Awaited<ReturnType<typeof signUp>>

/** Opens a stream on the other instance, and gives what takes away the right to it. */
type Opening = (person: Person) => Promise<{ token: string; as?: UserId; end: () => Promise<unknown> }>

const ways: [string, Opening][] = [
  [
    'its device is revoked',
    async ({ client, user }) => {
      const { token, deviceId } = await signInAgain(user.userName)
      return { token, end: () => client.users.devices.revoke({ deviceId }) }
    },
  ],
  [
    'all other devices are revoked',
    async ({ client, user }) => {
      const { token } = await signInAgain(user.userName)
      return { token, end: () => client.users.devices.revoke({ others: true }) }
    },
  ],
  ['it signs out', async ({ client, token }) => ({ token, end: () => client.users.signOut() })],
  [
    'its key is revoked',
    async ({ client }) => {
      const { id, token } = await keyFor(undefined, client)
      return { token, end: () => client.users.apiKeys.revoke({ apiKeyId: id }) }
    },
  ],
  [
    'its key expires',
    async ({ client }) => {
      const input = { name: 'Short', scopes: ['users:read' as const], expiresAt: new Date(Date.now() + 3_000) }
      const { secret } = await client.users.apiKeys.create(input)
      return { token: secret, end: async () => {} }
    },
  ],
  [
    'the key of a service that acts is revoked',
    async ({ user }) => {
      const { id, token } = await keyFor(user.id)
      return { token, as: user.id, end: () => admin.client.users.apiKeys.revoke({ apiKeyId: id }) }
    },
  ],
  [
    'its account is removed',
    async ({ user, token }) => ({ token, end: () => admin.client.users.remove({ userId: user.id }) }),
  ],
  [
    'the account is removed for which a service acts',
    async ({ user }) => {
      const { token } = await keyFor(user.id)
      return { token, as: user.id, end: () => admin.client.users.remove({ userId: user.id }) }
    },
  ],
  [
    'the password is changed on another device',
    async ({ client, user }) => {
      const { token } = await signInAgain(user.userName)
      const input = { currentPassword: passwordOf(user.userName), password: 'another password' }
      return { token, end: () => client.users.changePassword(input) }
    },
  ],
  [
    'the password is changed on its own device, and so the token',
    async ({ client, user, token }) => {
      const input = { currentPassword: passwordOf(user.userName), password: 'another password' }
      return { token, end: () => client.users.changePassword(input) }
    },
  ],
  [
    'the roles are changed',
    async ({ user, token }) => ({
      token,
      end: () => admin.client.users.setRoles({ userId: user.id, roles: ['support'] }),
    }),
  ],
  [
    'its device has become too old',
    async ({ token }) => ({
      token,
      end: () =>
        query(`update devices set created_at = now() - interval '181 days' where id = $1`, [token.split('.')[0]]),
    }),
  ],
]

describe('a stream on another instance ends within five seconds once', () => {
  test.each(ways)('%s', async (_what, open) => {
    const person = await talker()
    const { end, ...credentials } = await open(person)
    const stream = await openStream(elsewhere.url, credentials)
    const ending = stream.ending()
    expect(elsewhere.live.size).toBe(1)
    const start = performance.now()
    await end()
    expect((await ending).code).toBe('TOKEN_INVALID')
    expect(performance.now() - start).toBeLessThan(5_000)
    expect(elsewhere.live.size).toBe(0)
  })

  test('the token of a trusted issuer has expired', async () => {
    const exp = Math.floor(Date.now() / 1_000) + 3
    const token = await issuer.sign({ sub: 'streaming', exp })
    const { id } = await createClient({ url: elsewhere.url, token }).users.me()
    await fillMessages(databaseUrl, id, 6_000)
    const stream = await openStream(elsewhere.url, { token })
    const { code } = await stream.ending()
    // The 30 seconds for which clocks may differ are for new calls, not for what is open.
    expect(code).toBe('TOKEN_INVALID')
    expect(Date.now() - exp * 1_000).toBeLessThan(5_000)
    expect(elsewhere.live.size).toBe(0)
  }, 60_000)
})

test('a stream goes on, where it was, with the new token or new roles', async () => {
  const person = await signUp()
  await fillMessages(databaseUrl, person.user.id, 1_500)
  let { token } = person
  const client = createClient({ url: elsewhere.url, token: () => token })
  const seen: string[] = []
  for await (const item of client.users.export()) {
    if (item.kind !== 'message') continue
    seen.push(`${item.message.roomId} ${item.message.seq}`)
    if (seen.length !== 1) continue
    const input = { currentPassword: passwordOf(person.user.userName), password: 'another password' }
    ;({ token } = await person.client.users.changePassword(input))
  }
  expect(seen).toHaveLength(1_500)
  expect(new Set(seen).size).toBe(1_500)
}, 40_000)

test('streams of others are not touched', async () => {
  const [one, other] = [await talker(), await talker()]
  const streams = [await openStream(elsewhere.url, one), await openStream(elsewhere.url, other)] as const
  await one.client.users.signOut()
  expect((await streams[0].ending()).code).toBe('TOKEN_INVALID')
  const before = streams[1].messages()
  await expect.poll(streams[1].messages, { timeout: 5_000 }).toBeGreaterThan(before)
  expect(elsewhere.live.size).toBe(1)
})
