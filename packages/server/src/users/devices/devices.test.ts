import { createClient, type Device } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, passwordOf, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { url, databaseUrl, signUp, query, antiphon } = await startTestServer({ sessionDays: { idle: 3, max: 10 } })
const other = await startTestServer({ database: databaseUrl, sessionDays: { idle: 3, max: 10 } })

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'

/** Signs somebody in on one more device. */
async function signIn({ user }: Pick<Person, 'user'>, headers: Record<string, string> = {}, deviceName?: string) {
  const { token } = await createClient({ url, headers }).users.signIn({
    identifier: user.userName,
    password: passwordOf(user.userName),
    ...(deviceName !== undefined && { deviceName }),
  })
  return { token, id: token.split('.')[0] as Device['id'], client: createClient({ url, token, headers }) }
}

const idsOf = ({ items }: { items: readonly Device[] }) => items.map(({ id }) => id)

/** As if a device had been used, or made, so many days ago. */
const daysAgo = (id: string, column: 'last_seen_at' | 'created_at', days: number) =>
  query(`update devices set ${column} = now() - make_interval(secs => $2) where id = $1`, [id, days * 86_400])

describe('list', () => {
  test('shows where one is signed in, and which device calls', async () => {
    const person = await signUp()
    const named = await signIn(person, { 'user-agent': firefox, 'x-forwarded-for': '192.0.2.7' }, 'Kitchen tablet')
    const told = await signIn(person, { 'user-agent': firefox, 'x-forwarded-for': '2001:DB8::7' })
    const { items } = await named.client.users.devices.list()
    expect(items.map(({ id, name, address, current }) => ({ id, name, address, current }))).toEqual([
      { id: told.id, name: 'Firefox on Linux', address: '2001:db8::7', current: false },
      { id: named.id, name: 'Kitchen tablet', address: '192.0.2.7', current: true },
      { ...{ id: person.token.split('.')[0], name: expect.any(String) }, address: '127.0.0.1', current: false },
    ])
    for (const { createdAt, lastSeenAt } of items)
      expect(lastSeenAt.getTime() - createdAt.getTime()).toBeLessThan(5_000)
    const byKey = await person.client.users.apiKeys.create({ name: 'Key', scopes: ['users:read'] })
    const seen = await createClient({ url, token: byKey.secret }).users.devices.list()
    expect(seen.items.map(({ current }) => current)).toEqual([false, false, false])
  })

  test('pages from the last used on, each once; others see none of it', async () => {
    const [person, stranger] = [await signUp(), await signUp()]
    const [first] = idsOf(await person.client.users.devices.list())
    await daysAgo(first!, 'last_seen_at', 1 / 24)
    const ids = [first!]
    for (let at = 0; at < 4; at++) ids.unshift((await signIn(person)).id)
    // Two at the very same time: the order has to be one all the same.
    await query('update devices set last_seen_at = date_trunc($2, now()) where id = any ($1)', [
      ids.slice(0, 4),
      'minute',
    ])
    const paged: string[] = []
    for await (const { id } of person.client.users.devices.list.all({ limit: 2 })) paged.push(id)
    expect(paged).toEqual([...ids.slice(0, 4).sort().reverse(), first])
    expect(idsOf(await stranger.client.users.devices.list())).toHaveLength(1)
    expect(await codeOf(stranger.client.users.devices.list({ cursor: 'bm9uZQ' }))).toBe('BAD_CURSOR')
  })
})

describe('the address', () => {
  test.each([
    ['the last one the proxy tells', '198.51.100.1, 192.0.2.9', '192.0.2.9'],
    ['with a port', '192.0.2.9:50123', '192.0.2.9'],
    ['of IPv6 in brackets, with a port', '[2001:db8::9]:50123', '2001:db8::9'],
    ['of IPv4 in the form of IPv6', '::ffff:192.0.2.9', '192.0.2.9'],
    ['that is none: that of the proxy', "'; drop table users --", '127.0.0.1'],
    ['of too many numbers: that of the proxy', '999.999.999.999', '127.0.0.1'],
  ])('behind one trusted proxy: %s', async (_what, header, address) => {
    const { client } = await signIn(await signUp(), { 'x-forwarded-for': header })
    expect((await client.users.devices.list()).items[0]!.address).toBe(address)
  })

  test('without a trusted proxy: nothing that the caller says', async () => {
    const open = await startTestServer({ trustedProxies: 0 })
    const person = await open.signUp()
    const claimed = createClient({
      url: open.url,
      headers: { 'x-forwarded-for': '192.0.2.9', forwarded: 'for=192.0.2.9' },
    })
    const { token } = await claimed.users.signIn({
      ...{ identifier: person.user.userName, password: passwordOf(person.user.userName) },
    })
    const { items } = await createClient({ url: open.url, token }).users.devices.list()
    expect(items.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.1'])
  })
})

describe('revoke', () => {
  test('ends one device at once, on every instance; the others stay', async () => {
    const person = await signUp()
    const lost = await signIn(person)
    const elsewhere = createClient({ url: other.url, token: lost.token, maxRetries: 0 })
    await elsewhere.users.me()
    await person.client.users.devices.revoke({ deviceId: lost.id })
    expect(await codeOf(elsewhere.users.me())).toBe('TOKEN_INVALID')
    expect(await codeOf(lost.client.users.me())).toBe('TOKEN_INVALID')
    expect(idsOf(await person.client.users.devices.list())).toHaveLength(1)
  })

  test('ends all others, but not this one', async () => {
    const [person, stranger] = [await signUp(), await signUp()]
    const devices = [await signIn(person), await signIn(person)]
    await person.client.users.devices.revoke({ others: true })
    for (const { client } of devices) expect(await codeOf(client.users.me())).toBe('TOKEN_INVALID')
    await person.client.users.me()
    await stranger.client.users.me()
  })

  test('of another person’s, an unknown, or a revoked device changes nothing', async () => {
    const [person, stranger] = [await signUp(), await signUp()]
    const [id] = idsOf(await person.client.users.devices.list())
    for (const deviceId of [id!, newId('device')]) {
      expect(await codeOf(stranger.client.users.devices.revoke({ deviceId }))).toBe('NOT_FOUND')
    }
    await person.client.users.me()
    const both = { deviceId: id!, others: true } as unknown as { deviceId: Device['id'] }
    expect(await codeOf(person.client.users.devices.revoke(both))).toBe('INVALID_INPUT')
    await person.client.users.devices.revoke({ deviceId: id! })
    expect(await codeOf(person.client.users.me())).toBe('TOKEN_INVALID')
  })
})

describe('a device is signed out by itself', () => {
  test('when it was not used for days', async () => {
    const person = await signUp()
    const idle = await signIn(person)
    await daysAgo(idle.id, 'last_seen_at', 2.9)
    await idle.client.users.me()
    await daysAgo(idle.id, 'last_seen_at', 3.1)
    expect(await codeOf(idle.client.users.me())).toBe('TOKEN_INVALID')
    expect(idsOf(await person.client.users.devices.list())).not.toContain(idle.id)
  })

  test('when it is old, however much it is used', async () => {
    const person = await signUp()
    const old = await signIn(person)
    await daysAgo(old.id, 'created_at', 9.9)
    await old.client.users.me()
    await daysAgo(old.id, 'created_at', 10.1)
    expect(await codeOf(old.client.users.me())).toBe('TOKEN_INVALID')
    expect(idsOf(await person.client.users.devices.list())).not.toContain(old.id)
  })

  test('not sooner because others are: being used keeps it', async () => {
    const person = await signUp()
    const [id] = idsOf(await person.client.users.devices.list())
    await daysAgo(id!, 'last_seen_at', 2)
    await person.client.users.me()
    const seen = async () => (await person.client.users.devices.list()).items[0]!.lastSeenAt.getTime()
    await expect.poll(seen, { timeout: 10_000 }).toBeGreaterThan(Date.now() - 60_000)
  }, 20_000)
})

test('calls in the process have no device', async () => {
  const { user } = await signUp()
  const { items } = await antiphon.caller({ userId: user.id }).users.devices.list({})
  expect(items.map(({ current }) => current)).toEqual([false])
})
