import { expect, test } from 'vitest'
import { agendaOf } from './rooms.ts'
import { errorOf, openZoom, options, planOf, problemOf } from './zoom.fixture.ts'

const writes = (lines: string[]) => lines.filter((line) => !line.startsWith('GET'))

test('a meeting is made for its host, with all that was planned', async () => {
  const { zoom, server, paths } = await openZoom()
  const plan = planOf({ passcode: 'high-c', lobby: true })
  const room = await zoom.ensureRoom!(plan, plan.meetingId, options)
  expect(room).toEqual({ externalId: expect.stringMatching(/^\d+$/), joinUrl: expect.stringContaining('?pwd=') })
  expect(writes(paths())).toEqual(['POST /v2/users/ann-id/meetings'])
  expect(server.log.at(-1)?.body).toEqual({
    ...{ topic: 'Rehearsal', type: 2, start_time: '2030-05-06T18:00:00', timezone: 'Europe/Berlin', duration: 90 },
    ...{ agenda: `Bring the tenor parts.\n\n[${plan.meetingId}]`, password: 'high-c' },
    settings: { waiting_room: true, join_before_host: false },
  })
})

test.each(['nobody@example.com', null])('a host who is not there has the owner of the account (%s)', async (email) => {
  const { zoom, paths } = await openZoom()
  const plan = planOf({ host: { ...planOf().host, email } })
  await zoom.ensureRoom!(plan, plan.meetingId, options)
  expect(writes(paths())).toEqual(['POST /v2/users/ann-id/meetings'])
})

test('a host who is there has it, in whatever order users are told', async () => {
  const { zoom, paths } = await openZoom()
  const plan = planOf({ host: { ...planOf().host, email: 'bob@example.com' } })
  await zoom.ensureRoom!(plan, plan.meetingId, options)
  expect(writes(paths())).toEqual(['POST /v2/users/bob-id/meetings'])
})

test.each(['short', 'long '.repeat(300)])('one is made once, although the answer was lost', async (description) => {
  const { zoom, server, paths } = await openZoom()
  const plan = planOf({ description })
  for (let count = 0; count < 40; count++) server.createMeeting({ host: 'ann-id' })
  server.misbehave(({ method, path }) => (method === 'POST' && path.startsWith('/v2') ? 'loseAnswer' : undefined))
  expect(await problemOf(zoom.ensureRoom!(plan, plan.meetingId, options))).toEqual({ kind: 'transient' })
  server.misbehave(() => undefined)
  const room = await zoom.ensureRoom!({ ...plan, title: 'Later' }, plan.meetingId, options)
  expect(await zoom.ensureRoom!(plan, plan.meetingId, options)).toEqual(room)
  expect(paths('POST /v2')).toHaveLength(1)
  const other = planOf()
  expect((await zoom.ensureRoom!(other, other.meetingId, options)).externalId).not.toBe(room.externalId)
})

test('a meeting follows ours, with the address that it has then', async () => {
  const { zoom } = await openZoom()
  const plan = planOf({ passcode: 'one' })
  const { externalId, joinUrl } = await zoom.ensureRoom!(plan, plan.meetingId, options)
  const changed = await zoom.updateRoom!(externalId, { ...plan, title: 'Concert', passcode: 'two' }, options)
  expect(changed.externalId).toBe(externalId)
  expect(changed.joinUrl).not.toBe(joinUrl)
  expect((await zoom.status!(externalId, options)).room).toMatchObject({ title: 'Concert', passcode: 'two' })
  expect(await problemOf(zoom.updateRoom!('1', plan, options))).toEqual({ kind: 'notFound' })
})

test('a passcode that Zoom does not take is refused in words for hosts', async () => {
  const { zoom, paths } = await openZoom()
  for (const passcode of ['elevenchars', 'schön', 'a b c', 'x#y']) {
    const error = await errorOf(zoom.ensureRoom!(planOf({ passcode }), 'key', options))
    expect([error.problem.kind, error.message]).toEqual([
      'unsupported',
      expect.stringContaining('passcodes of up to 10 characters'),
    ])
    expect(error.message).not.toContain(passcode)
  }
  await zoom.ensureRoom!(planOf({ passcode: 'a@-_*!Z9' }), 'key', options)
  expect(paths('POST /v2')).toHaveLength(1)
})

test('a series is one at Zoom, or open at any time', async () => {
  const { zoom, server } = await openZoom()
  const weekly = planOf({ recurrence: 'FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10' })
  await zoom.ensureRoom!(weekly, weekly.meetingId, options)
  expect(server.log.at(-1)?.body).toMatchObject({
    ...{ type: 8, start_time: '2030-05-06T18:00:00' },
    recurrence: { type: 2, repeat_interval: 1, weekly_days: '2,4', end_times: 10 },
  })
  const endless = planOf({ recurrence: 'FREQ=WEEKLY' })
  await zoom.ensureRoom!(endless, endless.meetingId, options)
  expect(server.log.at(-1)?.body).toMatchObject({ type: 3 })
  expect(server.log.at(-1)?.body).not.toHaveProperty('start_time')
})

test('a meeting is deleted, also while it runs, and more than once', async () => {
  const { zoom, server, paths } = await openZoom()
  const plan = planOf()
  const { externalId } = await zoom.ensureRoom!(plan, plan.meetingId, options)
  server.join(Number(externalId), 'Cleo')
  await zoom.deleteRoom!(externalId, options)
  await zoom.deleteRoom!(externalId, options)
  const path = `/v2/meetings/${externalId}`
  const [remove, end] = [`DELETE ${path}`, `PUT ${path}/status`]
  expect(writes(paths()).slice(1)).toEqual([remove, end, remove, remove])
  expect(await problemOf(zoom.status!(externalId, options))).toEqual({ kind: 'notFound' })
})

test('an app that may not end it cannot delete what runs', async () => {
  const { zoom, server } = await openZoom()
  const { id } = server.createMeeting({ host: 'ann-id' })
  server.start(id)
  server.misbehave(({ method }) => (method === 'PUT' ? { status: 400, code: 4711 } : undefined))
  expect(await problemOf(zoom.deleteRoom!(String(id), options))).toEqual({ kind: 'forbidden' })
})

test('the key stays within what lists show', () => {
  expect(agendaOf('', 'key')).toBe('[key]')
  expect(agendaOf('short', 'key')).toBe('short\n\n[key]')
  for (const length of [240, 244, 250, 2_000, 20_000]) {
    const agenda = agendaOf('x'.repeat(length), 'key')
    expect([agenda.slice(0, 250).includes('[key]'), agenda.length <= 2_000]).toEqual([true, true])
  }
})
