import { describe, expect, test } from 'vitest'
import { json, requester } from '../../test/http.ts'
import { type Person, passwordOf, startTestServer } from '../../test/server.ts'

const { url, databaseUrl, signUp, query } = await startTestServer()
const other = await startTestServer({ database: databaseUrl })
const instances = [requester(url), requester(other.url)] as const
let calls = 0

/** Tries a password from an address, on both instances in turn: the status, and the wait where there is one. */
async function attempt(identifier: string, password: string, address: string) {
  const init = json({ identifier, password })
  const headers = { ...init.headers, 'x-forwarded-for': address }
  const { status, body, headers: given } = await instances[++calls % 2]!('/api/v1/users.signIn', { ...init, headers })
  return { status, code: body.code, wait: Number(given.get('retry-after') ?? 0) }
}

const right = ({ user }: Person, address: string) => attempt(user.userName, passwordOf(user.userName), address)
const wrong = ({ user }: Person, address: string) => attempt(user.userName, 'a guess', address)

const times = <Result>(count: number, work: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

const statuses = (answers: { status: number }[]) => answers.map(({ status }) => status).sort()

/** As if so much time had passed. */
const pass = (seconds: number) => query('update rate_limits set expire = expire - $1', [seconds * 1_000])

/** How many guesses at somebody came as far as the password. */
const looked = async ({ user }: Person) =>
  (await query(`select id from audit_log where action = 'users.signIn.refused' and target = $1`, [user.id])).length

describe('at one place', () => {
  test('five guesses, then a pause in which not even the right password counts, then five more and a longer one', async () => {
    const person = await signUp()
    for (let guess = 0; guess < 5; guess++) expect((await wrong(person, '192.0.2.1')).status).toBe(401)
    const refused = await wrong(person, '192.0.2.1')
    expect(refused).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
    expect(refused.wait).toBeGreaterThan(10)
    expect(refused.wait).toBeLessThanOrEqual(15)
    expect((await right(person, '192.0.2.1')).status).toBe(429)
    await pass(15)
    for (let guess = 0; guess < 5; guess++) expect((await wrong(person, '192.0.2.1')).status).toBe(401)
    const { wait } = await right(person, '192.0.2.1')
    expect(wait).toBeGreaterThan(20)
    expect(wait).toBeLessThanOrEqual(30)
    await pass(30)
    expect((await right(person, '192.0.2.1')).status).toBe(200)
    expect(await looked(person)).toBe(10)
  })

  test('of twenty at once over two instances five get to the password', async () => {
    const person = await signUp()
    const answers = await times(20, () => wrong(person, '192.0.2.2'))
    expect(statuses(answers)).toEqual([...Array(5).fill(401), ...Array(15).fill(429)])
    expect(await looked(person)).toBe(5)
  })

  test('a name that nobody has is limited alike', async () => {
    const answers = await times(8, () => attempt('nobody-at-all', 'a guess', '192.0.2.3'))
    expect(statuses(answers)).toEqual([...Array(5).fill(401), ...Array(3).fill(429)])
  })

  test('user name and address of one account are one count; a /64 is one place', async () => {
    const person = await signUp()
    const by = [person.user.userName, person.user.email ?? '', person.user.userName.toUpperCase()]
    const answers = []
    for (let guess = 0; guess < 7; guess++) {
      answers.push(await attempt(by[guess % 3]!, 'a guess', `2001:db8:0:7::${guess + 1}`))
    }
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429, 429])
    expect((await right(person, '2001:db8:0:8::1')).status).toBe(200)
  })

  test('success clears the count', async () => {
    const person = await signUp()
    for (let round = 0; round < 3; round++) {
      for (let guess = 0; guess < 4; guess++) expect((await wrong(person, '192.0.2.4')).status).toBe(401)
      expect((await right(person, '192.0.2.4')).status).toBe(200)
    }
  })
})

describe('strangers', () => {
  test('cannot lock out the owner at a known address, from wherever they guess', async () => {
    const person = await signUp()
    const home = '198.51.100.200'
    expect((await right(person, home)).status).toBe(200)
    const guesses = []
    for (let from = 0; from < 60; from += 10) {
      guesses.push(...(await times(10, (index) => wrong(person, `203.0.113.${from + index}`))))
    }
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(50)
    expect(await looked(person)).toBe(50)
    // Elsewhere nobody gets in any more for an hour, with the password neither.
    const elsewhere = await right(person, '198.51.100.201')
    expect(elsewhere.status).toBe(429)
    expect(elsewhere.wait).toBeGreaterThan(3_500)
    expect((await right(person, home)).status).toBe(200)
    await pass(3_600)
    expect((await right(person, '198.51.100.201')).status).toBe(200)
  })

  test('of one address try a hundred passwords an hour, over all accounts; owners there are let in', async () => {
    const [person, neighbour] = [await signUp(), await signUp()]
    const cafe = '198.51.100.9'
    expect((await right(person, cafe)).status).toBe(200)
    const guesses = []
    for (let from = 0; from < 110; from += 10) {
      guesses.push(...(await times(10, (index) => attempt(`made-up-${from + index}`, 'a guess', cafe))))
    }
    expect(guesses.filter(({ status }) => status === 401)).toHaveLength(100)
    expect((await right(neighbour, cafe)).status).toBe(429)
    expect((await right(person, cafe)).status).toBe(200)
    expect((await right(neighbour, '198.51.100.10')).status).toBe(200)
  })
})

test('more passwords at once than can be hashed: the rest is told to come back, and does not count', async () => {
  await query('delete from rate_limits')
  const here = requester(url)
  const answers = await times(150, async (index) => {
    const init = json({ identifier: `in-a-crowd-${index}`, password: 'a guess' })
    const headers = { ...init.headers, 'x-forwarded-for': `192.0.2.${100 + index}` }
    const { status, headers: given, body } = await here('/api/v1/users.signIn', { ...init, headers })
    return { status, wait: given.get('retry-after'), code: body.code }
  })
  const refused = answers.filter(({ status }) => status === 429)
  expect(refused.length).toBeGreaterThan(10)
  for (const { wait, code } of refused) expect([wait, code]).toEqual(['2', 'RATE_LIMITED'])
  expect(statuses(answers).filter((status) => status === 401)).toHaveLength(150 - refused.length)
  const [row] = await query<{ points: number }>(
    `select sum(points)::int as points from rate_limits where key like 'signin:%'`,
  )
  expect(row?.points).toBe(150 - refused.length)
})
