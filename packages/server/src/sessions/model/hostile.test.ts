import { afterAll, expect, test, vi } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { postWebhook, stageProvider, startStage } from '../reconcile/stage.fixture.ts'

const stage = await startStage()
afterAll(stage.stop)
const { url, signUpAdmin, query } = await startTestServer({
  ...{ providers: [stageProvider(stage.url)], reconcileEverySeconds: 30 },
})
const { client } = await signUpAdmin()
const all = { scope: 'all' } as const
let sent = 0

/** Posts events, and waits until they are folded. */
async function tell(...events: object[]) {
  for (const event of events) {
    const answer = await postWebhook(url, [{ key: `event ${++sent}`, ...event }])
    expect(answer.status).toBe(200)
  }
  await vi.waitFor(async () => {
    expect(await query('select problem from provider_inbox where folded_at is null')).toEqual([])
  }, 15_000)
}

const iso = (ms: number) => new Date(ms).toISOString()
const now = Date.now()

test('texts that no database keeps, and passcodes of that kind, harm nothing', async () => {
  const room = {
    title: 'A\u0000\ud800B',
    passcode: 'a\u0000b\ud800',
    hostEmail: 'x\u0000@example.com',
    joinUrl: 'javascript:1',
  }
  const participant = { key: 'p', name: 'N\u0000', userId: null, email: 'n\u0000@example.com', joinedAt: iso(now) }
  await tell(
    { kind: 'room.changed', externalId: 'odd', sessionKey: null, at: iso(now), room },
    { kind: 'participant.joined', externalId: 'odd2', sessionKey: 'odd 1', at: iso(now), participant },
    { kind: 'participant.joined', externalId: 'x'.repeat(9_000), sessionKey: 'odd 2', at: iso(now), participant },
    { kind: 'participant.joined', externalId: 'odd3', sessionKey: 'odd\u0000', at: iso(now), participant },
  )
  const { items } = await client.sessions.available(all)
  expect(items.find(({ title }) => title !== '')).toMatchObject({ title: 'A�B', passcode: 'ab�', joinUrl: null })
  const live = await client.sessions.live(all)
  expect(live.items).toMatchObject([{ participants: [{ name: 'N' }] }])
  // What was understood is kept no longer: only that it came.
  expect(await query('select distinct length(body) from provider_inbox')).toEqual([{ length: 0 }])
})

test('a provider whose clock is years off cannot end what runs, nor what comes', async () => {
  const participant = { key: 'p', name: 'P', userId: null, email: null, joinedAt: null }
  const about = { externalId: 'clock', kind: 'participant.joined', participant }
  await tell(
    { ...about, sessionKey: 'c 1', at: iso(now - 60_000) },
    { ...about, kind: 'session.started', sessionKey: 'c 2', at: iso(8.64e15) },
    { ...about, kind: 'session.ended', sessionKey: 'c 2', at: iso(-6e13) },
  )
  const rows = await query<{ key: string; started: Date; ended: Date | null }>(
    `select session_key as key, started_at as started, ended_at as ended from sessions where session_key like 'c %' order by 1`,
  )
  for (const { started, ended } of rows) {
    expect(started.getTime()).toBeLessThan(Date.now() + 6 * 60_000)
    if (ended !== null) expect(ended >= started).toBe(true)
    expect(ended?.getTime() ?? 0).toBeLessThan(Date.now() + 6 * 60_000)
  }
  await tell({ ...about, sessionKey: 'c 3', at: iso(Date.now() + 6 * 60_000) })
  const { items } = await client.sessions.live(all)
  const [{ roomId } = { roomId: 'mrm_' as const }] = items.filter(({ participants }) => participants[0]?.name === 'P')
  const page = await client.sessions.history({ roomId, limit: 1 })
  expect((await client.sessions.history({ roomId, limit: 1, cursor: page.nextCursor! })).items).toHaveLength(1)
})
