import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test, vi } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { temporaryDirectory } from '../../../test/temporary.ts'
import { postWebhook, startStage } from './stage.fixture.ts'

const periodMs = 3_000
/** What a busy machine takes longer for the same. */
const slackMs = 2_500
const program = fileURLToPath(new URL('./stageServer.fixture.ts', import.meta.url))
const stage = await startStage()
const directory = await temporaryDirectory()
// Its own reconciler has no such provider: the three below have.
const { databaseUrl, signUpAdmin, query } = await startTestServer()
const instances = await Promise.all(['one', 'two', 'three'].map(start))
afterAll(async () => {
  for (const { child, ended } of instances) {
    child.kill('SIGKILL')
    await ended
  }
  await stage.stop()
  await rm(directory, { recursive: true, force: true })
})

async function start(name: string) {
  const args = ['--conditions=antiphon-source', program, databaseUrl, directory, stage.url, name]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, TMPDIR: directory },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  let printed = ''
  for await (const chunk of child.stdout) {
    printed += String(chunk)
    const [, url] = /ready at (\S+)/.exec(printed) ?? []
    if (url !== undefined) return { name, child, url, ended }
  }
  throw new Error('The instance did not start.')
}

const asked = (since: number) => stage.requests.filter(({ line, at }) => line === 'GET /live' && at >= since)

test('of three instances one asks, and when it is killed another goes on within a period', async () => {
  await vi.waitFor(() => expect(stage.requests.length).toBeGreaterThan(1), 20_000)
  const since = Date.now()
  await delay(4 * periodMs)
  const askers = new Set(asked(since).map(({ asker }) => asker))
  expect(askers.size).toBe(1)
  expect(asked(since).length).toBeGreaterThanOrEqual(3)
  expect(asked(since).length).toBeLessThanOrEqual(5)
  const [first] = askers
  const killed = instances.find(({ name }) => name === first)!
  killed.child.kill('SIGKILL')
  await killed.ended
  const killedAt = Date.now()
  await vi.waitFor(() => expect(asked(killedAt).length).toBeGreaterThan(0), 20_000)
  const [next] = asked(killedAt)
  expect(next!.asker).not.toBe(first)
  const last = stage.requests.findLast(({ asker }) => asker === first)!
  expect(next!.at - Math.max(last.at, killedAt)).toBeLessThan(periodMs + slackMs)
  const later = Date.now()
  await delay(3 * periodMs)
  expect(new Set(asked(later).map(({ asker }) => asker)).size).toBe(1)
}, 60_000)

test('what is told to all instances at once is folded once, in whatever order', async () => {
  const admin = await signUpAdmin()
  const alive = instances.filter(({ child }) => child.exitCode === null && child.signalCode === null)
  expect(alive).toHaveLength(2)
  const at = (seconds: number) => new Date(Date.now() - 60_000 + seconds * 1_000).toISOString()
  const about = { externalId: 'told', sessionKey: 'told 1' }
  const people = Array.from({ length: 20 }, (_, index) => `p${index}`)
  const events = [
    { ...about, key: 'start', kind: 'session.started', at: at(0) },
    ...people.flatMap((key, index) => {
      const participant = { key, name: key, userId: null, email: null, joinedAt: null }
      const left = { ...about, key: `${key} left`, kind: 'participant.left', at: at(40 + index / 2), participant }
      const joined = { ...about, key: `${key} joined`, kind: 'participant.joined', at: at(index), participant }
      return index % 2 === 0 ? [left, joined] : [joined]
    }),
  ]
  const posts = events.flatMap((event) => [...alive, ...alive].map(({ url }) => postWebhook(url, [event])))
  const answers = await Promise.all(posts)
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  await vi.waitFor(async () => {
    expect(await query('select 1 from provider_inbox where folded_at is null')).toEqual([])
  }, 20_000)
  expect(await query('select count(*)::int from provider_inbox')).toEqual([{ count: events.length }])
  expect(await query('select tries from provider_inbox where tries > 0')).toEqual([])
  const [{ id } = { id: '' }] = await query<{ id: string }>(`select id from sessions where session_key = 'told 1'`)
  const facts = await query(
    'select kind, count(*)::int from session_facts where session_id = $1 group by 1 order by 1',
    [id],
  )
  expect(facts).toEqual([
    { kind: 'joined', count: 20 },
    { kind: 'left', count: 10 },
  ])
  const { items } = await admin.client.sessions.participants({ sessionId: id as `ses_${string}`, present: false })
  expect(items).toHaveLength(20)
  expect(items.filter(({ leftAt }) => leftAt === null)).toHaveLength(10)
}, 60_000)
