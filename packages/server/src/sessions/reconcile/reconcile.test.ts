import { setTimeout as delay } from 'node:timers/promises'
import type { Session } from '@antiphon/client'
import { afterAll, beforeEach, expect, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { postWebhook, stageProvider, startStage } from './stage.fixture.ts'

const stage = await startStage()
afterAll(stage.stop)
const { url, signUp, signUpAdmin, query } = await startTestServer({
  providers: [stageProvider(stage.url)],
  reconcileEverySeconds: 1,
})
const admin = await signUpAdmin('admin')
const { sessions } = admin.client
const soon = { timeout: 15_000, interval: 50 }
const twoPeriodsMs = 2_000
/** What a busy machine takes longer for the same. */
const slackMs = 1_500

beforeEach(async () => {
  stage.sessions.clear()
  stage.misbehave(() => undefined)
  await vi.waitFor(async () => expect((await sessions.live({ scope: 'all' })).items).toEqual([]), soon)
})

const live = async (room: string): Promise<Session | undefined> => {
  const { items } = await sessions.live({ scope: 'all' })
  return items.find(({ title }) => title === `At ${room}`)
}

function liveSoon(room: string): Promise<Session> {
  return vi.waitFor(async () => {
    const session = await live(room)
    if (session?.freshness !== 'live') throw new Error(`It is ${session?.freshness}.`)
    return session
  }, soon)
}

test('what begins there is live here, with its people, and over once it was missing twice', async () => {
  const { startedAt } = stage.begin('hall', 'Cleo', 'Dora')
  const session = await liveSoon('hall')
  expect(session).toMatchObject({
    ...{
      provider: 'stage',
      source: 'snapshot',
      participantCount: 2,
      meetingId: null,
      joinUrl: 'https://stage.test/hall',
    },
    ...{ startedAt: new Date(startedAt), endedAt: null, can: { end: true, kick: false, lock: false } },
  })
  expect(session.participants.map(({ name }) => name).sort()).toEqual(['Cleo', 'Dora'])
  expect((await sessions.available({ scope: 'all' })).items).toEqual([])
  stage.sessions.clear()
  await vi.waitFor(async () => expect(await live('hall')).toBeUndefined(), soon)
  const over = await sessions.get({ sessionId: session.id })
  expect(over).toMatchObject({ freshness: 'ended', participants: [], joinUrl: null })
  const { items } = await sessions.participants({ sessionId: session.id, present: false })
  expect(items.map(({ leftAt }) => leftAt)).toEqual([over.endedAt, over.endedAt])
  const [room] = (await sessions.available({ scope: 'all' })).items
  expect(room).toMatchObject({ title: 'At hall', freshness: 'empty', joinUrl: 'https://stage.test/hall' })
  expect((await sessions.history({ roomId: room!.roomId })).items).toMatchObject([{ id: session.id }])
})

test.each([
  ['cannot be reached', async () => stage.stop(), async () => stage.startAgain()],
  ['answers HTML', async () => stage.misbehave(() => 'html'), async () => stage.misbehave(() => undefined)],
  [
    'does not know us any more',
    async () => stage.misbehave(() => ({ status: 401 })),
    async () => stage.misbehave(() => undefined),
  ],
])(
  'never a stale green dot: a provider that %s makes it unknown within two periods, and back',
  async (_, fail, mend) => {
    stage.begin('church', 'Cleo')
    const before = await liveSoon('church')
    await fail()
    const failedAt = Date.now()
    await vi.waitFor(async () => expect((await live('church'))?.freshness).toBe('unknown'), soon)
    expect(Date.now() - failedAt).toBeLessThan(twoPeriodsMs + slackMs)
    const unknown = await live('church')
    expect(unknown!.observedAt.getTime()).toBeLessThan(failedAt + slackMs)
    expect(unknown!.provenUntil.getTime() - unknown!.observedAt.getTime()).toBe(twoPeriodsMs)
    await delay(twoPeriodsMs)
    expect((await live('church'))?.freshness).toBe('unknown')
    await mend()
    expect((await liveSoon('church')).id).toBe(before.id)
  },
)

test('End reaches the provider, is confirmed, and is no error when done again', async () => {
  stage.begin('cellar', 'Cleo')
  const { id: sessionId } = await liveSoon('cellar')
  const answer = await sessions.end({ sessionId })
  expect(answer).toMatchObject({ freshness: 'ending', ending: { state: 'accepted', requestedBy: admin.user.id } })
  expect(stage.requests.filter(({ line }) => line === 'PUT /rooms/cellar/end')).toHaveLength(1)
  await vi.waitFor(async () => {
    const session = await sessions.get({ sessionId })
    expect(session).toMatchObject({ freshness: 'ended', ending: { state: 'confirmed', problem: null } })
  }, soon)
  expect(await sessions.end({ sessionId })).toMatchObject({ freshness: 'ended' })
  expect(stage.requests.filter(({ line }) => line === 'PUT /rooms/cellar/end')).toHaveLength(1)
  const rows = await query(`select user_id, target from audit_log where action = 'sessions.end'`)
  expect(rows).toEqual([1, 2].map(() => ({ user_id: admin.user.id, target: sessionId })))
})

test('one that the provider has ended already is ended, at once', async () => {
  stage.begin('attic', 'Cleo')
  const { id: sessionId } = await liveSoon('attic')
  stage.sessions.clear()
  expect(await sessions.end({ sessionId })).toMatchObject({ freshness: 'ended', ending: { state: 'confirmed' } })
})

test('an end that the provider refuses, or does not confirm, is told', async () => {
  stage.begin('yard', 'Cleo')
  const { id: sessionId } = await liveSoon('yard')
  stage.misbehave((line) => (line.startsWith('PUT') ? { status: 500 } : undefined))
  expect(await codeOf(sessions.end({ sessionId }))).toBe('UNAVAILABLE')
  expect(await sessions.get({ sessionId })).toMatchObject({
    ending: { state: 'timedOut', problem: 'The stage says 500.' },
    freshness: 'live',
  })
  await query(
    `update sessions set end_state = 'accepted', end_requested_at = now() - interval '61 seconds' where id = $1`,
    [sessionId],
  )
  await vi.waitFor(async () => {
    expect(await sessions.get({ sessionId })).toMatchObject({ ending: { state: 'timedOut' }, freshness: 'live' })
  }, soon)
})

test('what a provider cannot do is said, with the reason', async () => {
  stage.begin('tower', 'Cleo')
  const { id: sessionId } = await liveSoon('tower')
  for (const work of [
    sessions.kick.safe({ sessionId, participantKey: 'x' }),
    sessions.lock.safe({ sessionId }),
    sessions.unlock.safe({ sessionId }),
  ]) {
    const answer = await work
    expect(answer).toMatchObject({
      ok: false,
      error: { code: 'UNSUPPORTED', message: expect.stringContaining('"stage"') },
    })
  }
})

test('who holds it at the provider, by a verified address, sees and ends it; others do not know of it', async () => {
  const [ann, eve] = [await signUp('ann'), await signUp('eve')]
  stage.begin('loft', 'Cleo')
  const { id: sessionId } = await liveSoon('loft')
  expect((await ann.client.sessions.live()).items).toEqual([])
  await query('update users set email_verified_at = now() where id = $1', [ann.user.id])
  expect((await ann.client.sessions.live()).items).toMatchObject([
    { id: sessionId, joinUrl: 'https://stage.test/loft' },
  ])
  expect((await eve.client.sessions.live()).items).toEqual([])
  expect(await codeOf(eve.client.sessions.get({ sessionId }))).toBe('NOT_FOUND')
  expect(await codeOf(eve.client.sessions.end({ sessionId }))).toBe('NOT_FOUND')
  expect(await codeOf(eve.client.sessions.live({ scope: 'all' }))).toBe('NOT_ALLOWED')
  expect(await ann.client.sessions.end({ sessionId })).toMatchObject({ ending: { state: 'accepted' } })
})

test('what a clock that was wrong left behind proves nothing, and holds nothing up', async () => {
  stage.begin('vault', 'Cleo')
  const { id } = await liveSoon('vault')
  await query(`update provider_sources set asked_at = now() + interval '1 hour', swept_at = now() + interval '1 hour'`)
  await query(`update sessions set observed_at = now() + interval '1 hour' where id = $1`, [id])
  expect((await live('vault'))?.freshness).not.toBe('ended')
  await vi.waitFor(async () => {
    const rows = await query<{ at: Date }>('select observed_at as at from sessions where id = $1', [id])
    expect(rows[0]!.at.getTime()).toBeLessThan(Date.now() + 1_000)
  }, soon)
  stage.sessions.clear()
  await vi.waitFor(async () => expect(await live('vault')).toBeUndefined(), soon)
})

test('a session that the provider lists goes on, whatever else it tells of its room', async () => {
  stage.begin('crypt', 'Cleo')
  const { id } = await liveSoon('crypt')
  const event = { key: 'odd', kind: 'session.started', externalId: 'crypt', sessionKey: 'odd', at: new Date() }
  const { status } = await postWebhook(url, [event])
  expect(status).toBe(200)
  await delay(500)
  await vi.waitFor(async () => {
    const { items } = await sessions.live({ scope: 'all' })
    expect(items.map((session) => session.id)).toEqual([id])
  }, soon)
})
