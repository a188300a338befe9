import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../test/server.ts'

const { url, signUp, signUpAdmin, query } = await startTestServer()

const hour = 3_600_000
const day = 24 * hour
const inHours = (hours: number) => new Date(Math.ceil(Date.now() / hour) * hour + hours * hour)
const plain = {
  title: 'Rehearsal',
  durationMinutes: 90,
  timeZone: 'Europe/Berlin',
  link: 'https://meet.example.com/choir',
}

describe('create', () => {
  test('arranges a meeting, held by the caller', async () => {
    const { client, user } = await signUp()
    const startsAt = inHours(2)
    const made = await client.meetings.create({
      ...plain,
      startsAt,
      passcode: '4711-abc',
      description: 'Bring pencils',
    })
    expect(made).toMatchObject({
      ...{ hostId: user.id, title: 'Rehearsal', description: 'Bring pencils', durationMinutes: 90, recurrence: null },
      ...{ startsAt, nextAt: startsAt, hasPasscode: true, passcode: '4711-abc', lobby: false, cancelledAt: null },
      ...{ provider: 'link', roomState: 'ready', roomProblem: null },
    })
    expect(await client.meetings.get({ meetingId: made.id })).toEqual(made)
  })

  test('invites people at once, all or none', async () => {
    const [{ client }, bob] = [await signUp(), await signUp()]
    const invitees = [{ userId: bob.user.id }, { email: 'guest@example.org' }, { userId: bob.user.id }]
    const { id: meetingId } = await client.meetings.create({ ...plain, startsAt: inHours(2), invitees })
    const { items } = await client.meetings.invitees({ meetingId })
    expect(items.map(({ userId, email }) => userId ?? email)).toEqual(['guest@example.org', bob.user.id])
    const nobody = { userId: `usr_${'0'.repeat(26)}` as const }
    const refused = client.meetings.create({ ...plain, startsAt: inHours(2), invitees: [...invitees, nobody] })
    expect(await codeOf(refused)).toBe('NOT_FOUND')
    expect((await client.meetings.list()).items).toHaveLength(1)
  })

  test('for somebody else by a key that acts for them, who then holds it', async () => {
    const [ann, keeper] = [await signUp(), await signUpAdmin()]
    const scopes = ['meetings:read', 'meetings:write', 'act-as'] as const
    const { secret } = await keeper.client.users.apiKeys.create({ name: 'Desk', kind: 'service', scopes: [...scopes] })
    const service = createClient({ url, token: secret })
    expect(await codeOf(service.meetings.create({ ...plain, startsAt: inHours(2) }))).toBe('NOT_ALLOWED')
    const { id: meetingId, hostId } = await service.as(ann.user.id).meetings.create({ ...plain, startsAt: inHours(2) })
    expect(hostId).toBe(ann.user.id)
    await ann.client.meetings.update({ meetingId, title: 'Mine' })
    expect((await service.as(ann.user.id).meetings.get({ meetingId })).title).toBe('Mine')
  })

  test('a retry makes no second one', async () => {
    const { client } = await signUp()
    const input = { ...plain, startsAt: inHours(2), idempotencyKey: 'once' }
    const { id } = await client.meetings.create(input)
    expect((await client.meetings.create(input)).id).toBe(id)
    expect((await client.meetings.list()).items).toHaveLength(1)
    expect(await codeOf(client.meetings.create({ ...input, title: 'Another' }))).toBe('IDEMPOTENCY_KEY_REUSED')
  })

  test('a series of a thousand, in one go', async () => {
    const { client } = await signUp()
    const startsAt = inHours(1)
    const { id } = await client.meetings.create({
      ...plain,
      timeZone: 'UTC',
      startsAt,
      recurrence: 'FREQ=DAILY;COUNT=1000',
    })
    const times: number[] = []
    for await (const one of client.meetings.list.all({ limit: 200 })) {
      expect(one).toMatchObject({ meetingId: id, title: 'Rehearsal' })
      times.push(one.startsAt.getTime())
    }
    expect(times).toEqual(Array.from({ length: 1_000 }, (_, at) => startsAt.getTime() + at * day))
  })

  test.each([
    ['LINK_NEEDED', { provider: 'link', link: undefined }],
    ['RECURRENCE_EMPTY', { recurrence: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }],
    ['INVALID_INPUT', { recurrence: 'every monday' }],
    ['INVALID_INPUT', { timeZone: 'Mars/Olympus' }],
    ['INVALID_INPUT', { durationMinutes: 0 }],
    ['INVALID_INPUT', { link: 'http://meet.example.com' }],
  ])('refuses with %s: %o', async (code, wrong) => {
    const { client } = await signUp()
    const { link, ...rest } = { ...plain, startsAt: inHours(1), ...wrong }
    expect(await codeOf(client.meetings.create({ ...rest, ...(link !== undefined && { link }) }))).toBe(code)
  })
})

describe('list', () => {
  test('is in the order of time, over meetings and series, in pages, coming and past', async () => {
    const { client } = await signUp()
    const make = (title: string, hours: number, recurrence?: string) =>
      client.meetings.create({
        ...plain,
        title,
        startsAt: inHours(hours),
        ...(recurrence !== undefined && { recurrence }),
      })
    await make('Over', -50)
    await make('On', -1)
    await make('Weekly', 5, 'FREQ=WEEKLY;COUNT=3')
    await make('Soon', 2)
    const titles = async (input: Parameters<typeof client.meetings.list>[0]) => {
      const found: string[] = []
      for await (const { title } of client.meetings.list.all({ limit: 2, ...input })) found.push(title)
      return found
    }
    expect(await titles({})).toEqual(['On', 'Soon', 'Weekly', 'Weekly', 'Weekly'])
    expect(await titles({ order: 'past' })).toEqual(['Over'])
    expect(await titles({ until: inHours(24) })).toEqual(['On', 'Soon', 'Weekly'])
    expect(await titles({ since: inHours(24) })).toEqual(['Weekly', 'Weekly'])
    expect(await titles({ order: 'past', until: inHours(3), since: inHours(-10) })).toEqual(['On'])
  })

  test('of everybody is for administrators, who see no passcode', async () => {
    const [{ client }, keeper, stranger] = [await signUp(), await signUpAdmin(), await signUp()]
    const { id } = await client.meetings.create({ ...plain, startsAt: inHours(1), passcode: 'secret' })
    const { items } = await keeper.client.meetings.list({ scope: 'all', limit: 200 })
    expect(items.map(({ meetingId }) => meetingId)).toContain(id)
    const seen = await keeper.client.meetings.get({ meetingId: id })
    expect([seen.hasPasscode, seen.passcode]).toEqual([true, undefined])
    expect(await codeOf(stranger.client.meetings.list({ scope: 'all' }))).toBe('NOT_ALLOWED')
    expect(await codeOf(stranger.client.meetings.get({ meetingId: id }))).toBe('NOT_FOUND')
    expect((await stranger.client.meetings.list()).items).toEqual([])
  })
})

describe('update', () => {
  const series = async () => {
    const person = await signUp()
    const startsAt = inHours(24)
    const recurrence = 'FREQ=DAILY;COUNT=4'
    const { id } = await person.client.meetings.create({ ...plain, timeZone: 'UTC', startsAt, recurrence })
    const times = async () =>
      (await person.client.meetings.list()).items.map(({ startsAt }) => startsAt.getTime() - base)
    const base = startsAt.getTime()
    return { ...person, id, startsAt, base, times }
  }

  test('one time of a series moves, is renamed, and keeps its name', async () => {
    const { client, id, base, times } = await series()
    const occurrence = new Date(base + day)
    await client.meetings.update({ meetingId: id, occurrence, startsAt: new Date(base + day + hour), title: 'Late' })
    expect(await times()).toEqual([0, day + hour, 2 * day, 3 * day])
    const { items } = await client.meetings.list()
    expect(items[1]).toMatchObject({ title: 'Late', originalAt: occurrence })
    expect(items[1]!.endsAt.getTime() - items[1]!.startsAt.getTime()).toBe(1.5 * hour)
    expect(await codeOf(client.meetings.update({ meetingId: id, occurrence: new Date(base + 5), title: 'x' }))).toBe(
      'NOT_FOUND',
    )
    expect(await codeOf(client.meetings.update({ meetingId: id, occurrence, timeZone: 'UTC' }))).toBe('INVALID_INPUT')
  })

  test('its times are listed by themselves, for who may see them', async () => {
    const { client, id, base } = await series()
    await client.meetings.create({ ...plain, startsAt: new Date(base + hour) })
    const { items } = await client.meetings.list({ meetingId: id })
    expect(items.map(({ meetingId, startsAt }) => [meetingId, startsAt.getTime() - base])).toEqual(
      [0, day, 2 * day, 3 * day].map((at) => [id, at]),
    )
    const [stranger, keeper] = [await signUp(), await signUpAdmin()]
    expect((await stranger.client.meetings.list({ meetingId: id })).items).toEqual([])
    expect((await keeper.client.meetings.list({ meetingId: id, scope: 'all' })).items).toHaveLength(4)
  })

  test('the series moves with all that is to come', async () => {
    const { client, id, base, times } = await series()
    await client.meetings.cancel({ meetingId: id, occurrence: new Date(base + day) })
    const startsAt = new Date(base + 2 * hour)
    const after = await client.meetings.update({ meetingId: id, startsAt, recurrence: 'FREQ=DAILY;INTERVAL=2;COUNT=2' })
    expect(after).toMatchObject({ startsAt, nextAt: startsAt, recurrence: 'FREQ=DAILY;INTERVAL=2;COUNT=2' })
    expect(await times()).toEqual([2 * hour, 2 * hour + 2 * day])
    await client.meetings.update({ meetingId: id, durationMinutes: 30, title: 'Shorter', passcode: null })
    const { items } = await client.meetings.list()
    expect(items.map(({ startsAt, endsAt, title }) => [endsAt.getTime() - startsAt.getTime(), title])).toEqual([
      ...[
        [hour / 2, 'Shorter'],
        [hour / 2, 'Shorter'],
      ],
    ])
  })

  test('is for the host', async () => {
    const { id } = await series()
    const [stranger, keeper] = [await signUp(), await signUpAdmin()]
    for (const { client } of [stranger, keeper])
      expect(await codeOf(client.meetings.update({ meetingId: id, title: 'Mine' }))).toBe('NOT_FOUND')
  })
})

describe('cancel and remove', () => {
  test('a cancelled meeting stays to be seen; another time again changes nothing', async () => {
    const { client } = await signUp()
    const { id } = await client.meetings.create({ ...plain, startsAt: inHours(2) })
    const cancelled = await client.meetings.cancel({ meetingId: id })
    expect(cancelled.cancelledAt).toBeInstanceOf(Date)
    expect(await client.meetings.cancel({ meetingId: id })).toEqual(cancelled)
    expect((await client.meetings.list()).items[0]?.cancelledAt).toEqual(cancelled.cancelledAt)
    expect(await codeOf(client.meetings.update({ meetingId: id, title: 'x' }))).toBe('MEETING_OVER')
  })

  test('what administrators end is written in the audit log', async () => {
    const [{ client }, keeper] = [await signUp(), await signUpAdmin()]
    const { id } = await client.meetings.create({ ...plain, startsAt: inHours(2) })
    await keeper.client.meetings.cancel({ meetingId: id })
    await keeper.client.meetings.remove({ meetingId: id })
    const lines = await query('select action, user_id as "userId" from audit_log where target = $1 order by id', [id])
    expect(lines).toEqual([
      { action: 'meetings.cancel', userId: keeper.user.id },
      { action: 'meetings.remove', userId: keeper.user.id },
    ])
  })

  test('a removed one is gone, also for administrators', async () => {
    const [{ client }, keeper] = [await signUp(), await signUpAdmin()]
    const { id } = await client.meetings.create({ ...plain, startsAt: inHours(2) })
    await keeper.client.meetings.remove({ meetingId: id })
    for (const one of [client, keeper.client]) {
      expect(await codeOf(one.meetings.get({ meetingId: id }))).toBe('NOT_FOUND')
      expect(await codeOf(one.meetings.remove({ meetingId: id }))).toBe('NOT_FOUND')
    }
    expect((await client.meetings.list()).items).toEqual([])
  })
})
