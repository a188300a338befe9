import { buffer } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { createMemoryTokens } from '../../providers/zoom/api/tokens.ts'
import { zoomUrls } from '../../providers/zoom/api/urls.ts'
import { all } from '../../providers/zoom/zoom.fixture.ts'
import { createZoom } from '../../providers/zoom/zoom.ts'
import { startDemoZoom } from './script.ts'

const options = { signal: AbortSignal.timeout(60_000) }

async function open(speed?: number) {
  const { server, credentials } = await startDemoZoom({ port: 0, ...(speed !== undefined && { speed }) })
  onTestFinished(() => server.close())
  const baseUrls = zoomUrls(server.url)
  const zoom = createZoom({ ...credentials, baseUrls, tokens: createMemoryTokens(), countCall: () => {} })
  const live = async () => {
    const sessions = await all(zoom.snapshot!(options))
    return new Map(sessions.map((session) => [session.externalId, session]))
  }
  return { server, zoom, live }
}

const [open_, lessons, warmUp, quiet, concert] = [1, 2, 3, 4, 5].map((at) => String(85_000_000_000 + at)) as [
  string,
  ...string[],
]

test('some meetings run, one is empty, one was recorded; the same at every start but for the runs', async () => {
  const [one, other] = [await open(), await open()]
  for (const { zoom, live } of [one, other]) {
    const running = await live()
    expect([...running.keys()].sort()).toEqual([open_, lessons, warmUp])
    for (const { participantCount } of running.values()) expect(participantCount).toBe(2)
    expect(await zoom.check(options)).toMatchObject({ hasDashboard: true, missingScopes: [] })
    expect(await zoom.status!(quiet!, options)).toMatchObject({ session: null, room: { title: 'Quiet room' } })
  }
  const [first, second] = await Promise.all([one, other].map(({ zoom }) => all(zoom.recordings!(concert!, options))))
  expect(first!.map(({ id }) => id)).toEqual(second!.map(({ id }) => id))
  const { body } = await one.zoom.fetchRecording!(first![0]!, { ...options, offset: 0 })
  const bytes = await buffer(body)
  expect([first![0]!.type, bytes.length, bytes.subarray(4, 8).toString()]).toEqual([
    'audio/mp4',
    first![0]!.sizeBytes,
    'ftyp',
  ])
})

test('people come and go, one meeting ends and begins again, and one that was ended goes on later', async () => {
  const { zoom, live } = await open(2_000)
  const before = await live()
  expect(await zoom.end!(open_, options)).toBe('ended')
  const seen = new Set<string | undefined>()
  await expect
    .poll(
      async () => {
        const now = await live()
        seen.add(now.get(warmUp!)?.sessionKey)
        const isAgain = now.has(open_) && now.get(open_)?.sessionKey !== before.get(open_)?.sessionKey
        return isAgain && seen.size > 2
      },
      { timeout: 20_000, interval: 50 },
    )
    .toBe(true)
})

test('a meeting that is deleted leaves the others as they are', async () => {
  const { zoom, live } = await open(100)
  await zoom.deleteRoom!(open_, options)
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  expect([...(await live()).keys()]).toContain(lessons)
})
