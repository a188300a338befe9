import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'

const server = await startTestServer()
const { anyone, from, signUp } = server

const account = (userName: string, more: object = {}) => ({
  userName,
  email: `${userName}@example.com`,
  password: 'correct horse',
  ...more,
})

async function rowsOf<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: server.databaseUrl })
  await client.connect()
  const { rows } = await client.query<Row>(sql, values).finally(() => client.end())
  return rows
}

describe('signUp', () => {
  test('makes an account and signs in', async () => {
    const before = Date.now()
    const { user, token } = await anyone.users.signUp(account('Anna', { firstName: 'Anna', lastName: 'Ångström' }))
    expect(user).toMatchObject({ userName: 'Anna', email: 'Anna@example.com', firstName: 'Anna', lastName: 'Ångström' })
    expect(user.createdAt).toEqual(user.modifiedAt)
    expect(Math.abs(user.createdAt.getTime() - before)).toBeLessThan(60_000)
    expect(token).toMatch(/^dev_\w{26}\.[\w-]{43}$/)
  })

  test('keeps only hashes of password and token', async () => {
    const { token } = await anyone.users.signUp(account('hashed'))
    const [row] = await rowsOf<{ hash: string }>('select password_hash as hash from users where user_name = $1', [
      'hashed',
    ])
    expect(row!.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    const [id, secret] = token.split('.')
    const [device] = await rowsOf<{ text: string }>('select d::text as text from devices d where id = $1', [id])
    expect(device!.text).not.toContain(secret)
  })

  test.each([
    ['the user name in other letters', { userName: 'TAKEN', email: 'free@example.com' }, 'USER_NAME_TAKEN', 'userName'],
    ['the e-mail address in other letters', { userName: 'free', email: 'Taken@Example.com' }, 'EMAIL_TAKEN', 'email'],
    ['a name of ours', { userName: 'System', email: 'free@example.com' }, 'USER_NAME_TAKEN', 'userName'],
  ])('refuses %s, and writes nothing', async (_what, change, code, field) => {
    await anyone.users.signUp(account('taken')).catch(() => {})
    const [before] = await rowsOf<{ count: string }>('select count(*) from users')
    const refused = await anyone.users.signUp.safe({ ...account('taken'), ...change })
    expect(refused).toMatchObject({ ok: false, error: { code, status: 409, fields: [{ path: field }] } })
    expect(await rowsOf('select count(*) from users')).toEqual([before])
  })

  test('of two at once under one name, one wins', async () => {
    const calls = Array.from({ length: 4 }, () => anyone.users.signUp.safe(account('racer')))
    const outcomes = (await Promise.all(calls)).map((result) => (result.ok ? 'made' : result.error.code))
    expect(outcomes.sort()).toEqual(['EMAIL_TAKEN', 'EMAIL_TAKEN', 'EMAIL_TAKEN', 'made'])
  })

  test.each([
    ['userName', { userName: 'ab' }],
    ['userName', { userName: 'a'.repeat(33) }],
    ['userName', { userName: 'no blanks' }],
    ['email', { email: 'nobody' }],
    ['email', { email: `${'a'.repeat(250)}@x.org` }],
    ['password', { password: 'short' }],
    ['firstName', { firstName: 'a'.repeat(33) }],
    ['lastName', { lastName: 'a\0b' }],
  ])('names the field %s that does not fit', async (field, change) => {
    const refused = await anyone.users.signUp.safe({ ...account('misfit'), ...change })
    expect(refused).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', status: 400 } })
    expect(!refused.ok && refused.error.fields.map(({ path }) => path)).toContain(field)
    expect(!refused.ok && refused.error.message).toContain(field)
  })
})

describe('signIn', () => {
  test('takes user name or e-mail address in any case', async () => {
    const { user } = await anyone.users.signUp(account('Signer'))
    for (const identifier of ['signer', 'SIGNER', 'signer@example.COM']) {
      const signedIn = await anyone.users.signIn({ identifier, password: 'correct horse' })
      expect(signedIn.user).toEqual(user)
    }
  })

  test('answers a wrong password and an unknown name alike', async () => {
    await anyone.users.signUp(account('known'))
    const wrong = await anyone.users.signIn.safe({ identifier: 'known', password: 'wrong' })
    const unknown = await anyone.users.signIn.safe({ identifier: 'unknown', password: 'wrong' })
    expect(wrong).toMatchObject({ ok: false, error: { code: 'WRONG_CREDENTIALS', status: 401 } })
    expect(!unknown.ok && unknown.error.message).toBe(!wrong.ok && wrong.error.message)
  })

  test('takes as long for an unknown name as for a wrong password', async () => {
    await anyone.users.signUp(account('timed'))
    const times = { known: [] as number[], unknown: [] as number[] }
    for (let run = 0; run < 9; run++) {
      for (const [kind, identifier] of [
        ['known', 'timed'],
        ['unknown', 'nobody.here'],
      ] as const) {
        // Each from a place of its own: failures at one slow each other down.
        const { users } = from(`198.18.${run}.1`)
        const start = performance.now()
        await users.signIn.safe({ identifier, password: 'wrong' })
        times[kind].push(performance.now() - start)
      }
    }
    const [known = 0, unknown = 0] = [times.known, times.unknown].map((all) => all.sort((a, b) => a - b)[4])
    expect(unknown / known).toBeGreaterThan(0.4)
    expect(unknown / known).toBeLessThan(2.5)
  })
})

test('signOut ends this device only', async () => {
  const { client, user } = await signUp()
  const other = await anyone.users.signIn({ identifier: user.userName, password: `password of ${user.userName}` })
  await client.users.signOut()
  expect(await codeOf(client.users.me())).toBe('TOKEN_INVALID')
  const [{ count }] = (await rowsOf('select count(*)::int as count from devices where user_id = $1', [user.id])) as [
    { count: number },
  ]
  expect(count).toBe(1)
  expect(other.token).toMatch(/^dev_/)
})

test('me is the whole own record', async () => {
  const { client, user } = await signUp()
  expect(await client.users.me()).toEqual(user)
})

describe('get', () => {
  test('finds by id, user name or e-mail address, and hides the e-mail addresses of others', async () => {
    const [one, other] = [await signUp(), await signUp()]
    const { email, emailVerified: _, roles: __, mfa: ___, ...rest } = other.user
    expect(await one.client.users.get({ userId: other.user.id })).toEqual(rest)
    expect(await one.client.users.get({ userName: other.user.userName.toUpperCase() })).toEqual(rest)
    expect(await one.client.users.get({ email: email! })).toEqual(rest)
    expect(await other.client.users.get({ userId: other.user.id })).toEqual(other.user)
  })

  test('wants exactly one of the three', async () => {
    const { client, user } = await signUp()
    const none = {} as { userId: typeof user.id }
    expect(await codeOf(client.users.get(none))).toBe('INVALID_INPUT')
    expect(await codeOf(client.users.get({ userId: user.id, userName: user.userName }))).toBe('INVALID_INPUT')
  })

  test('answers NOT_FOUND for nobody', async () => {
    const { client } = await signUp()
    for (const input of [{ userId: newId('user') }, { userName: 'nobody' }, { email: 'nobody@example.com' }]) {
      expect(await codeOf(client.users.get(input))).toBe('NOT_FOUND')
    }
  })
})

describe('list', () => {
  test('pages through everybody by user name, each once', async () => {
    const { client } = await signUp()
    for (const name of ['zoe', 'Zac', 'zed']) await signUp(name)
    const names: string[] = []
    for await (const user of client.users.list.all({ limit: 2 })) names.push(user.userName.toLowerCase())
    const [{ count }] = (await rowsOf('select count(*)::int as count from users')) as [{ count: number }]
    expect(names).toHaveLength(count)
    expect(names).toEqual([...names].sort())
  })

  test('searches by the beginning of the user name, in any case, literally', async () => {
    const { client } = await signUp()
    for (const name of ['Quentin', 'quest_1', 'questX1']) await signUp(name)
    const search = async (text: string) =>
      (await client.users.list({ search: text })).items.map(({ userName }) => userName)
    expect(await search('QUE')).toEqual(
      ['Quentin', 'quest_1', 'questX1'].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
    )
    expect(await search('quest_')).toEqual(['quest_1'])
    expect(await search('%')).toEqual([])
  })

  test('shows no e-mail address but the own', async () => {
    const { client, user } = await signUp()
    const { items } = await client.users.list({ limit: 200 })
    expect(items.filter(({ email }) => email !== undefined).map(({ id }) => id)).toEqual([user.id])
  })
})
