import { expect, test } from 'vitest'
import { describeError } from '../errors.ts'
import { createExactLimits, type SignInAttempt } from './exact.ts'
import { openInstances, outcome } from './limits.fixture.ts'

const hour = 3_600
const here = '192.0.2.7'

async function open() {
  const opened = await openInstances()
  const [one, two] = opened.stores.map((store) => createExactLimits(store))
  return { ...opened, one: one!, two: two!, both: [one!, two!] }
}

type Opened = Awaited<ReturnType<typeof open>>

function attempt(changes: Partial<SignInAttempt> = {}): SignInAttempt {
  return { account: 'ann', address: here, known: false, ...changes }
}

/** How many of so many at once get as far as the password, in turn over both instances. */
async function atOnce(
  { both }: Opened,
  count: number,
  changes: (index: number) => Partial<SignInAttempt> = () => ({}),
) {
  const outcomes = await Promise.all(
    Array.from({ length: count }, (_, index) => outcome(() => both[index % 2]!.beforeSignIn(attempt(changes(index))))),
  )
  return {
    through: outcomes.flatMap((one) => ('value' in one ? [one.value] : [])),
    waits: outcomes.flatMap((one) => ('wait' in one ? [one.wait] : [])),
  }
}

async function waitOf(opened: Opened, changes: Partial<SignInAttempt> = {}): Promise<number> {
  const { through, waits } = await atOnce(opened, 1, () => changes)
  return through.length > 0 ? 0 : waits[0]!
}

test('of 20 attempts at once from one place exactly 5 get to the password, over two instances', async () => {
  const opened = await open()
  const { through, waits } = await atOnce(opened, 20)
  expect([through.length, waits.length]).toEqual([5, 15])
  for (const wait of waits) expect(wait).toBeLessThanOrEqual(15)
  expect(await waitOf(opened)).toBeGreaterThan(14)
  expect(await waitOf(opened)).toBeLessThanOrEqual(15)
})

test('again and again: never more than 5, whatever is refused meanwhile', async () => {
  const opened = await open()
  for (let pause = 15; pause < 200; pause *= 2) {
    expect((await atOnce(opened, 20)).through).toHaveLength(5)
    const wait = await waitOf(opened)
    expect(wait).toBeGreaterThan(pause - 2)
    expect(wait).toBeLessThanOrEqual(pause)
    await opened.pass(pause)
  }
})

test('the pause doubles with every round up to an hour, and is forgotten after a day', async () => {
  const opened = await open()
  const pauses: number[] = []
  for (let round = 0; round < 11; round++) {
    for (let guess = 0; guess < 5; guess++) expect(await waitOf(opened, { known: true })).toBe(0)
    const wait = Math.ceil(await waitOf(opened, { known: true }))
    pauses.push(wait)
    await opened.pass(wait)
  }
  expect(pauses).toEqual([15, 30, 60, 120, 240, 480, 960, 1_920, hour, hour, hour])
  await opened.pass(24 * hour)
  expect((await atOnce(opened, 6)).through).toHaveLength(5)
  expect(Math.ceil(await waitOf(opened))).toBe(15)
})

test('fewer than 5 failures are forgotten after 15 minutes', async () => {
  const opened = await open()
  expect((await atOnce(opened, 4)).through).toHaveLength(4)
  await opened.pass(900)
  expect((await atOnce(opened, 6)).through).toHaveLength(5)
})

test('success clears the count of the place and its pauses, and gives back the rest', async () => {
  const opened = await open()
  await atOnce(opened, 6)
  await opened.pass(15)
  const { through } = await atOnce(opened, 5)
  await through[4]!.succeeded()
  const points = Object.fromEntries((await opened.rows()).map(({ key, points }) => [key.split(':')[0], points]))
  expect(points).toEqual({ 'signin-network': 9, 'signin-account': 9 })
  await atOnce(opened, 6)
  expect(Math.ceil(await waitOf(opened))).toBe(15)
})

test('who always succeeds is never limited', async () => {
  const opened = await open()
  for (let day = 0; day < 120; day++) await (await opened.one.beforeSignIn(attempt())).succeeded()
  expect((await opened.rows()).map(({ points }) => points)).toEqual([0, 0])
})

test('an attempt that was never judged does not count', async () => {
  const opened = await open()
  for (let busy = 0; busy < 20; busy++) {
    const { through } = await atOnce(opened, 3)
    await Promise.all(through.map((one) => one.giveBack()))
  }
  expect((await opened.rows()).map(({ points }) => points)).toEqual([0, 0, 0])
})

test('guesses from many addresses at an account are bounded, and its owner gets in at a known address', async () => {
  const opened = await open()
  const strangers = await atOnce(opened, 80, (index) => ({ address: `198.51.100.${index}` }))
  expect(strangers.through).toHaveLength(50)
  for (const wait of strangers.waits) expect(wait).toBeGreaterThan(hour - 30)
  const owner = attempt({ address: '2001:db8::1', known: true })
  for (let day = 0; day < 10; day++) await (await opened.two.beforeSignIn(owner)).succeeded()
  expect(await waitOf(opened, { account: 'bob' })).toBe(0)
})

test('what is refused does not count: one place cannot use up an account for everybody', async () => {
  const opened = await open()
  await atOnce(opened, 100)
  const others = await atOnce(opened, 60, (index) => ({ address: `198.51.100.${index}` }))
  expect(others.through).toHaveLength(45)
})

test('a network tries 100 passwords an hour over all accounts; owners at a known address are not refused', async () => {
  const opened = await open()
  const { through, waits } = await atOnce(opened, 130, (index) => ({ account: `account${index}` }))
  expect([through.length, waits.length]).toEqual([100, 30])
  expect(await waitOf(opened, { account: 'zoe', known: true })).toBe(0)
  expect(await waitOf(opened, { account: 'zoe' })).toBeGreaterThan(hour - 30)
  expect(await waitOf(opened, { account: 'zoe', address: '192.0.2.8' })).toBe(0)
  await opened.pass(hour)
  expect(await waitOf(opened, { account: 'zoe' })).toBe(0)
})

test('neighbours in a /64 are one place', async () => {
  const opened = await open()
  const { through } = await atOnce(opened, 20, (index) => ({ address: `2001:db8:0:1::${index.toString(16)}` }))
  expect(through).toHaveLength(5)
  expect(await waitOf(opened, { address: '2001:db8:0:2::1' })).toBe(0)
})

test('callers in this process have no limits by address', async () => {
  const opened = await open()
  const { through } = await atOnce(opened, 120, () => ({ address: undefined, known: true }))
  expect(through).toHaveLength(120)
  expect((await atOnce(opened, 60, () => ({ address: undefined }))).through).toHaveLength(50)
  expect((await atOnce(opened, 200, () => ({ address: undefined, account: undefined }))).through).toHaveLength(200)
})

test('codes: 5 wrong ones per user, then pauses; a right one clears', async () => {
  const opened = await open()
  const codes = async (count: number) => {
    const all = Array.from({ length: count }, (_, index) =>
      outcome(() => opened.both[index % 2]!.beforeCode({ userId: 'usr_1', place: 'session' })),
    )
    return (await Promise.all(all)).flatMap((one) => ('value' in one ? [one.value] : []))
  }
  expect(await codes(20)).toHaveLength(5)
  expect(await codes(5)).toHaveLength(0)
  expect(await outcome(() => opened.one.beforeCode({ userId: 'usr_2', place: 'session' }))).toHaveProperty('value')
  await opened.pass(15)
  const [right] = await codes(4)
  await right!.succeeded()
  expect(await codes(20)).toHaveLength(5)
  expect(await outcome(() => opened.one.beforeCode({ userId: 'usr_1', place: 'session' }))).toHaveProperty('wait')
  expect((await opened.rows()).find(({ key }) => key.startsWith('code-rounds:'))?.points).toBe(1)
})

test('mail: three an hour to an address, silently; twenty an hour from a network', async () => {
  const { one, two, pass } = await open()
  const ask = (emailKey: string, address: string | undefined = here) => one.beforeMail({ emailKey, address })
  expect([await ask('a@x.org'), await two.beforeMail({ emailKey: 'a@x.org', address: undefined })]).toEqual([
    true,
    true,
  ])
  expect([await ask('a@x.org'), await ask('a@x.org')]).toEqual([true, false])
  for (let index = 3; index < 20; index++) expect(await ask(`${index}@x.org`)).toBe(true)
  expect(await outcome(() => ask('b@x.org'))).toEqual({ wait: expect.closeTo(hour, -2) })
  for (let index = 0; index < 3; index++) expect(await ask('b@x.org', '192.0.2.8')).toBe(true)
  await pass(hour)
  expect(await ask('a@x.org')).toBe(true)
})

test('300 accounts an hour from a network', async () => {
  const { both } = await open()
  const all = Array.from({ length: 320 }, (_, index) => outcome(() => both[index % 2]!.beforeSignUp({ address: here })))
  expect((await Promise.all(all)).filter((one) => 'wait' in one)).toHaveLength(20)
  await both[0]!.beforeSignUp({ address: undefined })
})

test('no key of the table holds a name or an address', async () => {
  const { one, rows, pools } = await open()
  for (let guess = 0; guess < 6; guess++) await outcome(() => one.beforeSignIn(attempt()))
  await one.beforeCode({ userId: 'usr_ann', place: 'session' })
  await one.beforeMail({ emailKey: 'ann@example.org', address: here })
  await one.beforeSignUp({ address: here })
  const keys = (await rows()).map(({ key }) => key)
  const name = /^(signin|signin-rounds|signin-network|signin-account|code|mail|mail-network|signup-network):[\w-]{43}$/
  for (const key of keys) expect(key).toMatch(name)
  expect(keys).toHaveLength(8)
  expect(keys.join()).not.toMatch(/usr_ann|ann@|192\.0/)
  await createExactLimits({ pool: pools[0], secret: Buffer.from('another') }).beforeSignUp({ address: here })
  expect(await rows()).toHaveLength(9)
})

test('what has ended is removed, by its index', async () => {
  const { one, rows, pools, pass } = await open()
  await pools[0].query(`insert into rate_limits select 'old:' || i, 1, i from generate_series(1, 25000) i`)
  await one.beforeSignUp({ address: here })
  expect(await one.removeExpired()).toBe(25_000)
  expect(await rows()).toHaveLength(1)
  await pass(hour)
  expect(await one.removeExpired()).toBe(1)
})

test('a database error is neither leave nor limit: it ends as UNAVAILABLE', async () => {
  const { one, pools } = await open()
  await one.beforeSignIn(attempt())
  await pools[0].end()
  const calls = [
    () => one.beforeSignIn(attempt()),
    () => one.beforeCode({ userId: 'usr_1', place: 'session' }),
    () => one.beforeMail({ emailKey: 'a', address: undefined }),
    () => one.beforeSignUp({ address: here }),
  ]
  for (const call of calls) {
    const error: unknown = await call().then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(describeError(error).code).toBe('UNAVAILABLE')
  }
})
