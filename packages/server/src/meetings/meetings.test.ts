import { describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../test/server.ts'

const { signUp, signUpAdmin } = await startTestServer()

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
    ['LINK_NEEDED', { link: undefined }],
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
