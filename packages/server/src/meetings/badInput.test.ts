import { expect, test } from 'vitest'
import { startTestServer } from '../../test/server.ts'

const { signUp } = await startTestServer()
const { client } = await signUp()

const plain = {
  ...{ title: 'Rehearsal', durationMinutes: 90, timeZone: 'Europe/Berlin', link: 'https://meet.example.com/choir' },
  startsAt: new Date('2037-05-04T17:00Z'),
}
const { id: meetingId } = await client.meetings.create({ ...plain, recurrence: 'FREQ=DAILY;COUNT=3' })

type Wrong = Record<string, unknown>

/** What is wrong, and where. */
async function refused(
  call: Promise<{ ok: true } | { ok: false; error: { code: string; fields: readonly object[] } }>,
) {
  const answer = await call
  if (answer.ok) return 'nothing'
  const { code, fields } = answer.error
  return [code, ...fields.map((field) => ('path' in field ? field.path : ''))].join(' ')
}

const shared: [string, Wrong][] = [
  ['INVALID_INPUT durationMinutes', { durationMinutes: 0 }],
  ['INVALID_INPUT durationMinutes', { durationMinutes: -30 }],
  ['INVALID_INPUT durationMinutes', { durationMinutes: 1_441 }],
  ['INVALID_INPUT durationMinutes', { durationMinutes: 1.5 }],
  ['INVALID_INPUT timeZone', { timeZone: 'Mars/Olympus' }],
  ['INVALID_INPUT timeZone', { timeZone: '' }],
  ['INVALID_INPUT recurrence', { recurrence: 'every monday' }],
  ['INVALID_INPUT recurrence', { recurrence: 'FREQ=HOURLY' }],
  ['INVALID_INPUT recurrence', { recurrence: 'FREQ=DAILY;COUNT=3;UNTIL=20380101' }],
  ['RECURRENCE_EMPTY recurrence', { recurrence: 'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30' }],
  ['INVALID_INPUT title', { title: '   ' }],
  ['INVALID_INPUT title', { title: 'x'.repeat(201) }],
  ['INVALID_INPUT startsAt', { startsAt: new Date('2200-01-02') }],
  ['INVALID_INPUT link', { link: 'http://meet.example.com' }],
  ['INVALID_INPUT link', { link: 'javascript:alert(1)' }],
  ['INVALID_INPUT passcode', { passcode: '471' }],
]

test.each<[string, Wrong]>([
  ...shared,
  ['UNKNOWN_PROVIDER provider', { provider: 'telegraph' }],
  ['LINK_NEEDED link', { provider: 'link', link: undefined }],
  ['INVALID_INPUT connectionId', { connectionId: `con_${'0'.repeat(26)}` }],
  ['UNKNOWN_PROVIDER provider', { provider: 'zoom', link: undefined }],
  ['INVALID_INPUT invitees', { invitees: Array.from({ length: 201 }, (_, at) => ({ email: `g${at}@example.org` })) }],
  ['INVALID_INPUT invitees.0.email', { invitees: [{ email: 'nobody' }] }],
  ['NOT_FOUND invitees', { invitees: [{ userId: `usr_${'0'.repeat(26)}` }] }],
])('create answers %s: %o', async (expected, wrong) => {
  const input = Object.fromEntries(Object.entries({ ...plain, ...wrong }).filter(([, value]) => value !== undefined))
  expect(await refused(client.meetings.create.safe(input as typeof plain))).toBe(expected)
})

test.each<[string, Wrong]>([
  ...shared,
  ['NOT_FOUND occurrence', { occurrence: new Date('2037-05-04T17:01Z'), title: 'x' }],
  ['INVALID_INPUT recurrence', { occurrence: plain.startsAt, recurrence: null }],
  ['INVALID_INPUT lobby', { occurrence: plain.startsAt, lobby: true }],
])('update answers %s: %o', async (expected, wrong) => {
  expect(await refused(client.meetings.update.safe({ meetingId, ...wrong }))).toBe(expected)
})

test('what is asked of meetings that are none is refused, each in its way', async () => {
  const { meetings } = client
  expect(await refused(meetings.invite.safe({ meetingId, invitees: [] }))).toBe('INVALID_INPUT invitees')
  expect(await refused(meetings.respond.safe({ meetingId, response: 'perhaps' as 'yes' }))).toBe(
    'INVALID_INPUT response',
  )
  expect(await refused(meetings.get.safe({ meetingId: 'rom_1' as typeof meetingId }))).toBe('INVALID_INPUT meetingId')
  expect(await refused(meetings.join.safe({ meetingId, passcode: '' }))).toBe('INVALID_INPUT passcode')
  expect(await refused(meetings.lobby.admit.safe({ meetingId, userIds: [] }))).toBe('INVALID_INPUT userIds')
  expect(await refused(meetings.lobby.list.safe({ meetingId, limit: 201 }))).toBe('INVALID_INPUT limit')
  expect(await refused(meetings.list.safe({ cursor: 'nonsense' }))).toBe('BAD_CURSOR cursor')
})

test('what is wrong is said in words that help', async () => {
  const { meetings } = client
  const said = async (call: Promise<{ ok: true } | { ok: false; error: { message: string } }>) => {
    const answer = await call
    return answer.ok ? 'nothing' : answer.error.message
  }
  const create = (wrong: Wrong) => said(meetings.create.safe({ ...plain, ...wrong }))
  expect(await create({ link: 'http://meet.example.com' })).toBe('link: is no address that begins with https://')
  expect(await create({ recurrence: 'RRULE:FREQ=DAILY' })).toBe(
    'recurrence: is the rule alone, without "RRULE:" before it',
  )
  expect(await create({ recurrence: 'FREQ=DAILY;BYHOUR=9' })).toContain(
    'recurrence: cannot have "BYHOUR=9": its parts are',
  )
  expect(await create({ recurrence: 'FREQ=DAILY;COUNT=0' })).toBe(
    'recurrence: cannot have "COUNT=0": see COUNT in RFC 5545, 3.3.10',
  )
  expect(await create({ title: 'Rehearsal\r\nBCC: all' })).toBe('title: is one line')
  const soon = 'is a date and time of ISO 8601, such as 2037-05-04T17:00:00Z'
  expect(await create({ startsAt: '2037-05-04 17:00' })).toBe(`startsAt: ${soon}`)
  expect(await create({ startsAt: undefined })).toContain('received undefined')
  expect(await said(meetings.get.safe({ meetingId: 'rom_1' as typeof meetingId }))).toBe(
    'meetingId: is no id of a meeting, such as mtg_01j...',
  )
  const { items } = await meetings.list({ meetingId, limit: 1 })
  const occurrence = items[0]!.originalAt
  expect(await said(meetings.update.safe({ meetingId, occurrence, lobby: true }))).toBe(
    'lobby: is of the series, not of one time of it',
  )
  expect(await said(meetings.respond.safe({ meetingId, response: 'yes' }))).toBe(
    'You hold this meeting: whether they come, those invited say.',
  )
})
