import { expect, test } from 'vitest'
import type { LiveSession } from '../provider.ts'
import { usedScopes } from './scopes.ts'
import { all, errorOf, openZoom, options, problemOf } from './zoom.fixture.ts'

const start = Date.now()
const sessionsOf = (sessions: readonly LiveSession[]) => sessions.map(({ externalId }) => externalId).sort()

test('with Dashboards one list has all that runs, with its people counted', async () => {
  const { zoom, server, counted } = await openZoom()
  const { id } = server.createMeeting({ host: 'bob-id', topic: 'Lesson', id: 82_000_000_777 })
  server.createMeeting({ host: 'ann-id' })
  server.join(id, 'Cleo', 'cleo@example.com')
  const { uuid } = server.start(id)
  const sessions = await all(zoom.snapshot!(options))
  expect(sessions).toEqual([
    {
      ...{ externalId: '82000000777', sessionKey: uuid, participantCount: 1, startedAt: expect.any(Date) },
      room: { title: 'Lesson', hostName: 'Bob Brandt', hostEmail: 'bob@example.com' },
      observedAt: expect.any(Date),
    },
  ])
  expect(Math.abs(sessions[0]!.observedAt.getTime() - Date.now())).toBeLessThan(5_000)
  expect(sessions[0]!.observedAt.getTime()).toBeGreaterThanOrEqual(start)
  expect(counted).toEqual(['heavy'])
})

test('without them every host is asked, and Dashboards not again', async () => {
  const { zoom, server, counted } = await openZoom({ plan: 'pro' })
  const one = server.createMeeting({ host: 'bob-id', topic: 'Lesson' })
  const two = server.createMeeting({ host: 'ann-id' })
  server.createMeeting({ host: 'ann-id' })
  for (const { id } of [one, two]) server.start(id)
  const sessions = await all(zoom.snapshot!(options))
  expect(sessionsOf(sessions)).toEqual([String(one.id), String(two.id)].sort())
  expect(sessions.find(({ externalId }) => externalId === String(one.id))).toEqual({
    ...{ externalId: String(one.id), sessionKey: server.start(one.id).uuid, startedAt: null, participantCount: null },
    room: {
      ...{ title: 'Lesson', hostName: 'Bob Brandt', hostEmail: 'bob@example.com' },
      joinUrl: expect.stringContaining(`/j/${one.id}?pwd=`),
    },
    observedAt: expect.any(Date),
  })
  expect(counted).toEqual(['heavy', 'medium', 'medium', 'medium'])
  await all(zoom.snapshot!(options))
  expect(counted.slice(4)).toEqual(['medium', 'medium'])
})

test('a list of many pages is read to its end', async () => {
  const { zoom, server, paths } = await openZoom()
  const ids = Array.from({ length: 650 }, () => server.createMeeting({ host: 'ann-id' }).id)
  for (const id of ids) server.start(id)
  const sessions = await all(zoom.snapshot!(options))
  expect(sessionsOf(sessions)).toEqual(ids.map(String).sort())
  expect(paths('/metrics')).toHaveLength(3)
  expect(paths('next_page_token')).toHaveLength(2)
})

const withoutDashboards = usedScopes.filter((scope) => !scope.startsWith('dashboard'))

test.each([usedScopes, withoutDashboards])('a page that fails leaves no snapshot (%#)', async (...scopes) => {
  const { zoom, server } = await openZoom({ scopes })
  for (let count = 0; count < 320; count++) server.start(server.createMeeting({ host: 'ann-id' }).id)
  expect(await all(zoom.snapshot!(options))).toHaveLength(320)
  for (const [fault, kind] of [
    ['hangUp', 'transient'],
    [{ html: 200 }, 'transient'],
    [{ text: '{}' }, 'bug'],
    ['qps', 'rateLimited'],
    ['daily', 'quota'],
    [{ status: 500 }, 'transient'],
  ] as const) {
    server.misbehave(({ path }) => (path.includes('next_page_token') ? fault : undefined))
    const seen: LiveSession[] = []
    const reading = async () => {
      for await (const session of zoom.snapshot!(options)) seen.push(session)
    }
    expect(await problemOf(reading())).toMatchObject({ kind })
    expect(seen.length).toBeLessThan(320)
  }
})

test('a host who was deleted meanwhile is left out, and asked for no more', async () => {
  const { zoom, server, paths } = await openZoom({ plan: 'pro' })
  const { id } = server.createMeeting({ host: 'ann-id' })
  server.start(id)
  server.misbehave(({ path }) => (path.includes('bob-id') ? { status: 404, code: 1001 } : undefined))
  expect(sessionsOf(await all(zoom.snapshot!(options)))).toEqual([String(id)])
  await all(zoom.snapshot!(options))
  expect(paths('GET /v2/users?')).toHaveLength(2)
})

test('a list without an end is given up', async () => {
  const { zoom, server } = await openZoom()
  server.misbehave(({ path }) =>
    path.includes('/metrics') ? { text: '{"meetings":[],"next_page_token":"again"}' } : undefined,
  )
  expect(await errorOf(all(zoom.snapshot!(options)))).toMatchObject({
    problem: { kind: 'bug' },
    message: "Zoom's list does not end after 300 pages.",
  })
})

test('one meeting tells whether it runs, and how to join it', async () => {
  const { zoom, server } = await openZoom()
  const { id } = server.createMeeting({ host: 'ann-id', topic: 'Choir', password: 'abc123' })
  const room = {
    ...{ title: 'Choir', hostEmail: 'ann@example.com', passcode: 'abc123' },
    joinUrl: expect.stringMatching(/\/j\/\d+\?pwd=/),
  }
  expect(await zoom.status!(String(id), options)).toEqual({ session: null, room, observedAt: expect.any(Date) })
  const { uuid } = server.start(id)
  expect((await zoom.status!(String(id), options)).session).toMatchObject({ externalId: String(id), sessionKey: uuid })
  expect(await problemOf(zoom.status!('1', options))).toEqual({ kind: 'notFound' })
  expect(await problemOf(zoom.status!('../users', options))).toEqual({ kind: 'notFound' })
})

test('times are those of the clock that Zoom has', async () => {
  const { zoom, server } = await openZoom()
  const { id } = server.createMeeting({ host: 'ann-id' })
  server.skew(-3_600_000)
  const { observedAt } = await zoom.status!(String(id), options)
  for (const at of [observedAt, zoom.now!()])
    expect(Math.abs(at.getTime() - (Date.now() - 3_600_000))).toBeLessThan(3_000)
})

test('who is there is told where the plan allows it; who left is not there', async () => {
  const { zoom, server } = await openZoom()
  const { id } = server.createMeeting({ host: 'ann-id' })
  const cleo = server.join(id, 'Cleo', 'cleo@example.com')
  const bob = server.join(id, '', '')
  server.leave(id, server.join(id, 'Emre').participantUuid)
  expect(await zoom.participants!(String(id), options)).toEqual([
    { key: cleo.participantUuid, name: 'Cleo', email: 'cleo@example.com', userId: null, joinedAt: expect.any(Date) },
    { key: bob.participantUuid, name: '', email: null, userId: null, joinedAt: expect.any(Date) },
  ])
  server.setPlan('pro')
  const error = await errorOf(zoom.participants!(String(id), options))
  expect([error.problem, error.message]).toEqual([{ kind: 'forbidden' }, expect.stringContaining('plan Business')])
})

test('a meeting is ended, once, and one that does not run has ended already', async () => {
  const { zoom, server, paths } = await openZoom()
  const { id } = server.createMeeting({ host: 'ann-id' })
  server.join(id, 'Cleo')
  expect(await zoom.end!(String(id), options)).toBe('ended')
  expect(paths('PUT')).toEqual([`PUT /v2/meetings/${id}/status`])
  expect(server.log.at(-1)?.body).toEqual({ action: 'end' })
  expect(await zoom.end!(String(id), options)).toBe('alreadyEnded')
  expect(await zoom.end!('123', options)).toBe('alreadyEnded')
  server.start(id)
  server.misbehave(({ method }) => (method === 'PUT' ? { status: 400, code: 3003 } : undefined))
  expect(await problemOf(zoom.end!(String(id), options))).toEqual({ kind: 'forbidden' })
  server.misbehave(({ method }) => (method === 'PUT' ? { status: 400, code: 9_999 } : undefined))
  expect(await problemOf(zoom.end!(String(id), options))).toEqual({ kind: 'bug' })
  server.misbehave(({ method }) => (method === 'PUT' ? { html: 404 } : undefined))
  expect(await problemOf(zoom.end!(String(id), options))).toEqual({ kind: 'transient' })
  server.misbehave(({ method }) => (method === 'PUT' ? 'loseAnswer' : undefined))
  expect(await problemOf(zoom.end!(String(id), options))).toEqual({ kind: 'transient' })
  server.misbehave(() => undefined)
  expect(await zoom.end!(String(id), options)).toBe('alreadyEnded')
})
