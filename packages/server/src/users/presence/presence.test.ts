import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'
import { newId, type UserId } from '../../ids.ts'
import { absentAfterMs, type PresenceRecord, shownPresence } from './presence.ts'

const { anyone, signUp, query, antiphon } = await startTestServer()
const counted = await startTestServer()

const now = new Date('2026-10-01T12:00:00Z')
const at = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const offline = { status: 'offline', text: '', expiresAt: null }
const available = { status: 'available', text: '', expiresAt: null }

describe('what is shown of what is known', () => {
  const here = { status: null, text: '', expiresAt: null, seenAt: at(-30) } as const
  test.each<[string, PresenceRecord, object]>([
    ['nobody ever seen', { ...here, seenAt: null }, offline],
    ['seen lately, nothing said', here, available],
    ['seen 150 seconds ago', { ...here, seenAt: at(-150) }, available],
    ['seen longer ago', { ...here, seenAt: at(-150.001) }, offline],
    ['busy', { ...here, status: 'busy', text: 'Writing' }, { status: 'busy', text: 'Writing', expiresAt: null }],
    ['busy, but not there', { ...here, status: 'busy', text: 'Writing', seenAt: at(-600) }, offline],
    [
      'away for a minute',
      { ...here, status: 'away', expiresAt: at(60) },
      { ...available, status: 'away', expiresAt: at(60) },
    ],
    ['away until now', { ...here, status: 'away', text: 'Lunch', expiresAt: now }, available],
    ['a text alone', { ...here, text: 'Hello', expiresAt: at(9) }, { ...available, text: 'Hello', expiresAt: at(9) }],
    ['hiding', { ...here, status: 'offline', text: 'Not here', expiresAt: at(60) }, offline],
    ['hidden until now', { ...here, status: 'offline', text: 'Not here', expiresAt: now }, available],
  ])('%s', (_what, known, shown) => expect(shownPresence(known, now)).toEqual(shown))

  const moment = fc.integer({ min: -400, max: 400 }).map(at)
  const record: fc.Arbitrary<PresenceRecord> = fc.record({
    status: fc.constantFrom(null, 'available', 'away', 'busy', 'offline'),
    text: fc.string({ maxLength: 9 }),
    expiresAt: fc.option(moment),
    seenAt: fc.option(moment),
  })

  test('nothing is told of who is not there or hides: they look alike', () => {
    fc.assert(
      fc.property(record, (known) => {
        const shown = shownPresence(known, now)
        const isHere = known.seenAt !== null && now.getTime() - known.seenAt.getTime() <= absentAfterMs
        const holds = known.expiresAt === null || known.expiresAt > now
        const hides = holds && known.status === 'offline'
        if (!isHere || hides) expect(shown).toEqual(offline)
        else expect(shown.status).toBe((holds && known.status) || 'available')
        if (!holds) expect([shown.text, shown.expiresAt]).toEqual(['', null])
        if (shown.expiresAt !== null) expect(shown.expiresAt > now).toBe(true)
      }),
    )
  })

  test('time alone ends things, and brings nothing back', () => {
    const rank = (known: PresenceRecord, time: Date) => {
      const { status, text, expiresAt } = shownPresence(known, time)
      return status === 'offline' ? 2 : status === 'available' && text === '' && expiresAt === null ? 1 : 0
    }
    fc.assert(
      fc.property(record, moment, moment, (known, one, other) => {
        fc.pre(known.status !== 'offline' && one <= other)
        expect(rank(known, other)).toBeGreaterThanOrEqual(rank(known, one))
      }),
    )
  })
})

/** Notes by SQL when somebody was last seen: who makes no call in a test is not noted otherwise. */
async function seen({ user }: Person, secondsAgo: number) {
  await query(
    `insert into presences (user_id, seen_at) values ($1, now() - make_interval(secs => $2))
     on conflict (user_id) do update set seen_at = excluded.seen_at`,
    [user.id, secondsAgo],
  )
}

async function befriend({ user: one }: Person, { user: other }: Person, acceptedAt: Date | null = new Date()) {
  const [low, high] = [one.id, other.id].sort()
  await query('insert into friendships (user_low, user_high, requested_by, accepted_at) values ($1, $2, $1, $3)', [
    low,
    high,
    acceptedAt,
  ])
}

async function see({ client }: Person, { user }: Person) {
  const [presence, ...more] = await client.users.presence.get({ userIds: [user.id] })
  expect([presence?.userId, more]).toEqual([user.id, []])
  const { userId: _, ...rest } = presence!
  return rest
}

async function pairOfFriends() {
  const [ann, bob] = [await signUp(), await signUp()]
  await befriend(ann, bob)
  return { ann, bob }
}

describe('set', () => {
  test('is seen by others at once, until something else is said', async () => {
    const { ann, bob } = await pairOfFriends()
    const expiresAt = new Date(Date.now() + 3_600_000)
    const said = await ann.client.users.presence.set({ status: 'busy', text: 'In rehearsal 🎻', expiresAt })
    expect(said).toEqual({ userId: ann.user.id, status: 'busy', text: 'In rehearsal 🎻', expiresAt })
    expect(await bob.client.users.presence.get({ userIds: [ann.user.id] })).toEqual([said])
    await ann.client.users.presence.set({ status: 'away' })
    expect(await see(bob, ann)).toEqual({ ...available, status: 'away' })
    await ann.client.users.presence.set({ status: null })
    expect(await see(bob, ann)).toEqual(available)
    await ann.client.users.presence.set({ status: null, text: 'Ask me anything' })
    expect(await see(bob, ann)).toEqual({ ...available, text: 'Ask me anything' })
  })

  test('offline looks exactly as not being there', async () => {
    const { ann, bob } = await pairOfFriends()
    const absent = await signUp()
    await befriend(bob, absent)
    await seen(absent, 3_600)
    const said = await ann.client.users.presence.set({
      status: 'offline',
      text: 'Not here',
      expiresAt: new Date(Date.now() + 9_000),
    })
    expect(said).toEqual({ userId: ann.user.id, ...offline })
    expect(await see(bob, ann)).toEqual(await see(bob, absent))
    expect(await see(ann, ann)).toEqual(offline)
  })

  test('ends at its time', async () => {
    const { ann, bob } = await pairOfFriends()
    const expiresAt = new Date(Date.now() + 60_000)
    await ann.client.users.presence.set({ status: 'busy', text: 'On air', expiresAt })
    await query(`update presences set expires_at = now() - interval '1 ms' where user_id = $1`, [ann.user.id])
    expect(await see(bob, ann)).toEqual(available)
    expect(await see(ann, ann)).toEqual(available)
  })

  test('by somebody who acts for a person says nothing of where the person is', async () => {
    const { ann, bob } = await pairOfFriends()
    const calendar = antiphon.caller({ service: 'calendar', userId: ann.user.id })
    await calendar.users.presence.set({ status: 'busy', text: 'In a lesson' })
    expect(await see(bob, ann)).toEqual(offline)
    expect(await calendar.users.presence.get({ userIds: [ann.user.id] })).toEqual([{ userId: ann.user.id, ...offline }])
    await seen(ann, 10)
    expect(await see(bob, ann)).toEqual({ ...available, status: 'busy', text: 'In a lesson' })
  })

  test.each([
    ['status', { status: 'asleep' }],
    ['status', {}],
    ['text', { status: 'away', text: 'a'.repeat(101) }],
    ['text', { status: 'away', text: 'a\0b' }],
    ['expiresAt', { status: 'away', expiresAt: new Date(Date.now() - 1) }],
    ['expiresAt', { status: 'away', expiresAt: new Date(Date.now() + 366 * 86_400_000) }],
    ['expiresAt', { status: 'away', expiresAt: new Date(Number.NaN) }],
    ['expiresAt', { status: 'away', expiresAt: 'tomorrow' }],
  ])('names the field %s that does not fit', async (field, input) => {
    const { client } = await signUp()
    const refused = await client.users.presence.set.safe(input as { status: 'away' })
    expect(refused).toMatchObject({ ok: false, error: { code: 'INVALID_INPUT', fields: [{ path: field }] } })
  })

  test('takes a text of a hundred characters of any script, and nearly a year', async () => {
    const { client, user } = await signUp()
    const said = { status: 'away', text: '𝄞'.repeat(100), expiresAt: new Date(Date.now() + 364 * 86_400_000) } as const
    expect(await client.users.presence.set(said)).toEqual({ userId: user.id, ...said })
  })
})

describe('get', () => {
  test('shows who was seen lately as available, others as offline', async () => {
    const { ann, bob } = await pairOfFriends()
    expect(await see(bob, ann)).toEqual(offline)
    for (const [secondsAgo, shown] of [
      [0, available],
      [145, available],
      [155, offline],
    ] as const) {
      await seen(ann, secondsAgo)
      expect(await see(bob, ann)).toEqual(shown)
    }
  })

  test('shows the caller to be here, whoever they are', async () => {
    const ann = await signUp()
    expect(await see(ann, ann)).toEqual(available)
  })

  test('is for friends and people of a common room, not for others, not for those who only asked', async () => {
    const [ann, friend, roommate, asking, stranger] = [
      ...[await signUp(), await signUp(), await signUp(), await signUp(), await signUp()],
    ] as [Person, Person, Person, Person, Person]
    await befriend(ann, friend)
    await befriend(ann, asking, null)
    await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [roommate.user.id] })
    for (const other of [friend, roommate]) {
      expect(await see(other, ann)).toBeDefined()
      expect(await see(ann, other)).toBeDefined()
    }
    const ask = async (person: Person, userIds: UserId[]) => {
      const refused = await person.client.users.presence.get.safe({ userIds })
      expect(refused.ok).toBe(false)
      return refused.ok ? undefined : { ...refused.error, message: refused.error.message, requestId: '' }
    }
    const missing = await ask(ann, [newId('user')])
    expect(missing).toMatchObject({ code: 'NOT_FOUND', status: 404 })
    for (const other of [asking, stranger]) {
      expect(await ask(ann, [other.user.id])).toEqual(missing)
      expect(await ask(other, [ann.user.id])).toEqual(missing)
      expect(await ask(ann, [friend.user.id, other.user.id])).toEqual(missing)
    }
  })

  test('answers in the order asked, each once', async () => {
    const { ann, bob } = await pairOfFriends()
    const userIds = [bob.user.id, ann.user.id, bob.user.id]
    const shown = await ann.client.users.presence.get({ userIds })
    expect(shown.map(({ userId }) => userId)).toEqual([bob.user.id, ann.user.id])
  })

  test('across a block both look as if not there, and nothing tells that from absence', async () => {
    const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
    await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id, cleo.user.id] })
    await ann.client.users.presence.set({ status: 'busy', text: 'On stage' })
    await bob.client.users.presence.set({ status: 'away' })
    expect((await see(bob, ann)).status).toBe('busy')
    await ann.client.users.blocks.add({ userId: bob.user.id })
    expect(await see(bob, ann)).toEqual(offline)
    expect(await see(ann, bob)).toEqual(offline)
    expect((await see(cleo, ann)).status).toBe('busy')
    expect((await see(cleo, bob)).status).toBe('away')
    const all = await bob.client.users.presence.get({ userIds: [ann.user.id, bob.user.id] })
    expect(all.map(({ status }) => status)).toEqual(['offline', 'away'])
    await ann.client.users.blocks.remove({ userId: bob.user.id })
    expect((await see(bob, ann)).status).toBe('busy')
  })

  test('of friends who shared no room ends with the friendship', async () => {
    const { ann, bob } = await pairOfFriends()
    await ann.client.users.blocks.add({ userId: bob.user.id })
    expect(await codeOf(bob.client.users.presence.get({ userIds: [ann.user.id] }))).toBe('NOT_FOUND')
    expect(await codeOf(ann.client.users.presence.get({ userIds: [bob.user.id] }))).toBe('NOT_FOUND')
  })

  test('wants 1 to 100 ids, of users', async () => {
    const { client, user } = await signUp()
    const get = (userIds: UserId[]) => client.users.presence.get({ userIds })
    expect(await codeOf(get([]))).toBe('INVALID_INPUT')
    expect(await codeOf(get(Array.from({ length: 101 }, () => user.id)))).toBe('INVALID_INPUT')
    expect(await codeOf(get([newId('room') as string as UserId]))).toBe('INVALID_INPUT')
    expect(await get(Array.from({ length: 100 }, () => user.id))).toHaveLength(1)
  })
})

test('strangers are told to sign in', async () => {
  expect(await codeOf(anyone.users.presence.set({ status: 'away' }))).toBe('NOT_SIGNED_IN')
  expect(await codeOf(anyone.users.presence.get({ userIds: [newId('user')] }))).toBe('NOT_SIGNED_IN')
})

test('two hundred calls note once that somebody is there', async () => {
  const { client, user } = await counted.signUp()
  await counted.query(`create table writes (user_id text);
    create function note() returns trigger language plpgsql as 'begin insert into writes values (new.user_id); return new; end';
    create trigger note after insert or update on presences for each row execute function note()`)
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 10 }, () => client.users.presence.get({ userIds: [user.id] })))
  }
  await counted.antiphon.close()
  expect(await counted.query('select user_id from writes')).toEqual([{ user_id: user.id }])
  const [row] = await counted.query<{ age: number }>(
    'select extract(epoch from now() - seen_at)::float as age from presences',
  )
  expect(row!.age).toBeLessThan(30)
})
