import { existsSync } from 'node:fs'
import { type AntiphonClient, createClient, type Meeting } from '@antiphon/client'
import { type BrowserServer, chromium, type Page } from 'playwright-core'
import { afterEach, expect, test } from 'vitest'
import { signIn, useHouse } from './harness.fixture.ts'

const house = useHouse()
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
const fakeMedia = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']
const hour = 3_600_000

const browsers: BrowserServer[] = []
const problems: string[] = []
afterEach(async () => {
  await Promise.all(browsers.splice(0).map((browser) => browser.kill()))
  expect(problems.splice(0)).toEqual([])
})

interface Person {
  readonly page: Page
  readonly browser: BrowserServer
}

/** Somebody of the demo in a browser process of their own, with a camera that is none. */
async function arrive(name: string, { media = true, width = 1_200 } = {}): Promise<Person> {
  const args = [...flags, '--autoplay-policy=no-user-gesture-required', ...(media ? fakeMedia : [])]
  const browser = await chromium.launchServer({ ...(executablePath && { executablePath }), args })
  browsers.push(browser)
  const connected = await chromium.connect(browser.wsEndpoint())
  const page = await (await connected.newContext({ viewport: { width, height: 760 } })).newPage()
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('dialog', (dialog) => dialog.accept().catch(() => {}))
  await page.goto(house.url)
  await signIn(page, name, 'antiphon-demo')
  await page.getByText(`@${name}`, { exact: true }).first().waitFor()
  return { page, browser }
}

async function clientOf(identifier: string): Promise<AntiphonClient> {
  const { token } = await createClient({ url: house.url }).users.signIn({ identifier, password: 'antiphon-demo' })
  return createClient({ url: house.url, token })
}

/** A meeting of ann's that is on, in the built-in room. */
async function arrange(ann: AntiphonClient, title: string): Promise<Meeting> {
  const startsAt = new Date(Math.floor(Date.now() / hour) * hour)
  const invitees = await Promise.all(
    ['bob', 'cleo'].map(async (userName) => ({ userId: (await ann.users.get({ userName })).id })),
  )
  return ann.meetings.create({ title, startsAt, durationMinutes: 120, timeZone: 'UTC', invitees })
}

async function goIn({ page }: Person, { id }: Meeting): Promise<void> {
  await page.goto(`${house.url}/#/meetings/${id}`)
  await page.getByRole('button', { name: 'Join', exact: true }).click()
  await page.getByRole('button', { name: 'Leave', exact: true }).waitFor()
}

const tiles = ({ page }: Person) => page.locator('.tile')

/** How many frames of each other person were shown so far. */
const frames = ({ page }: Person) =>
  page.evaluate<number[]>(`[...document.querySelectorAll('.tile video')].slice(1)
    .map((video) => video.videoWidth && video.getVideoPlaybackQuality().totalVideoFrames)`)

async function seesMoving(person: Person, others: number): Promise<void> {
  const first = await expect
    .poll(() => frames(person), { timeout: 20_000 })
    .toHaveLength(others)
    .then(() => frames(person))
  await expect
    .poll(async () => (await frames(person)).every((count, at) => count > (first[at] ?? 0) + 10), { timeout: 20_000 })
    .toBe(true)
}

/** Plays the newest file of a recording in a page. */
async function play(by: AntiphonClient, { page }: Person, meeting: Meeting) {
  const recordingId = meeting.recordingId ?? expect.fail('there is no recording')
  const stateOf = async () => (await by.meetings.recordings.get({ recordingId })).files.map(({ state }) => state)
  await expect.poll(stateOf, { timeout: 75_000 }).toEqual(['ready'])
  const [file] = (await by.meetings.recordings.playback({ recordingId })).files
  return page.evaluate<{ duration: number; position: number; width: number }>(`(async () => {
    const video = document.createElement('video')
    Object.assign(video, { muted: true, src: ${JSON.stringify(house.url + file?.url)} })
    document.body.append(video)
    await new Promise((resolve, reject) => {
      video.onloadedmetadata = resolve
      video.onerror = () => reject(new Error(video.error.message))
    })
    await video.play()
    await new Promise((resolve) => { video.ontimeupdate = () => video.currentTime > 0.5 && resolve() })
    return { duration: video.duration, position: video.currentTime, width: video.videoWidth }
  })()`)
}

test('two meet, a third sees it at once, the host records and ends it for all, and it plays', async () => {
  const [annClient, cleoClient] = [await clientOf('ann'), await clientOf('cleo')]
  const meeting = await arrange(annClient, 'Rehearsal')
  const [ann, bob] = [await arrive('ann'), await arrive('bob')]
  const live = async () => (await cleoClient.sessions.live()).items.find(({ meetingId }) => meetingId === meeting.id)
  const changes: number[] = []
  const events = cleoClient.events()
  events.on('session.changed', () => changes.push(Date.now()))
  await expect.poll(() => events.status.state).toBe('open')
  const told = (since: number) => expect.poll(() => changes.some((at) => at >= since), { timeout: 2_000 }).toBe(true)

  await goIn(ann, meeting)
  await expect.poll(live, { timeout: 2_000 }).toMatchObject({ freshness: 'live' })
  await ann.page.getByText('Nobody else is here yet.').waitFor()
  const before = Date.now()
  await goIn(bob, meeting)
  await told(before)
  await expect.poll(async () => (await live())?.participantCount, { timeout: 2_000 }).toBe(2)
  await seesMoving(ann, 1)
  await seesMoving(bob, 1)
  await bob.page.getByRole('button', { name: 'Mute', exact: true }).click()
  await tiles(ann).nth(1).getByText('muted').waitFor()

  await ann.page.getByRole('button', { name: 'Record', exact: true }).click()
  await bob.page.getByText('This meeting is being recorded.').waitFor()
  await new Promise((resolve) => setTimeout(resolve, 5_000))
  const ended = Date.now()
  await ann.page.getByRole('button', { name: 'End for all' }).click()
  for (const { page } of [ann, bob]) await page.getByText('The host ended the meeting.').waitFor()
  await told(ended)
  await expect.poll(live, { timeout: 2_000 }).toBeUndefined()
  await ann.page.getByText('The recording is saved.').waitFor()
  const played = await play(annClient, ann, meeting)
  expect(played).toMatchObject({ width: 960 })
  expect(played.duration).toBeGreaterThan(4)
  events.close()
})

test('a browser that is killed is gone within 15 seconds, and what it recorded is kept', async () => {
  const [annClient, bobClient] = [await clientOf('ann'), await clientOf('bob')]
  const meeting = await arrange(annClient, 'Concert')
  const [ann, bob] = [await arrive('ann'), await arrive('bob')]
  await goIn(ann, meeting)
  await goIn(bob, meeting)
  await seesMoving(bob, 1)
  await ann.page.getByRole('button', { name: 'Record', exact: true }).click()
  await ann.page.getByRole('button', { name: 'Stop recording' }).waitFor()
  const begun = Date.now()
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  const recorded = (Date.now() - begun) / 1_000
  await ann.browser.kill()
  const killed = Date.now()
  await expect.poll(() => tiles(bob).count(), { timeout: 15_000 }).toBe(1)
  const [session] = (await bobClient.sessions.live()).items.filter(({ meetingId }) => meetingId === meeting.id)
  expect(session).toMatchObject({ participantCount: 1, freshness: 'live' })
  expect(Date.now() - killed).toBeLessThan(15_000)
  const played = await play(annClient, bob, meeting)
  expect(played.duration).toBeGreaterThan(recorded - 4)
})

test('without a camera, on a narrow screen; the host locks and sends out', async () => {
  const annClient = await clientOf('ann')
  const meeting = await arrange(annClient, 'Lesson')
  const [ann, bob, cleo] = [
    await arrive('ann'),
    await arrive('bob', { media: false, width: 360 }),
    await arrive('cleo'),
  ]
  await goIn(ann, meeting)
  await goIn(bob, meeting)
  await bob.page.getByText('No camera and no microphone').waitFor()
  await seesMoving(bob, 1)
  expect(await bob.page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  await ann.page.getByRole('button', { name: 'Lock', exact: true }).click()
  await bob.page.getByText('The room is locked').waitFor()
  await cleo.page.goto(`${house.url}/#/meetings/${meeting.id}`)
  await cleo.page.getByRole('button', { name: 'Join', exact: true }).click()
  await cleo.page.getByText('You cannot come in.').waitFor()
  await ann.page.getByRole('button', { name: /^Send out/ }).press('Enter')
  await bob.page.getByText('The host sent you out of the room.').waitFor()
  await expect.poll(() => tiles(ann).count()).toBe(1)
  await ann.page.getByRole('button', { name: 'Unlock' }).click()
  await cleo.page.getByRole('button', { name: 'Join again' }).click()
  await cleo.page.getByRole('button', { name: 'Join', exact: true }).click()
  await seesMoving(ann, 1)
  await cleo.page.reload()
  await expect.poll(() => tiles(ann).count(), { timeout: 5_000 }).toBe(1)
  await cleo.page.getByRole('button', { name: 'Join', exact: true }).click()
  await seesMoving(cleo, 1)
  await cleo.page.getByRole('button', { name: 'Leave', exact: true }).click()
  await expect.poll(() => tiles(ann).count(), { timeout: 5_000 }).toBe(1)
})

test('signals that are lost, and a network that was away, are made up for', async () => {
  const meeting = await arrange(await clientOf('ann'), 'Tuning')
  const [ann, bob] = [await arrive('ann'), await arrive('bob')]
  await goIn(ann, meeting)
  // What is sent to bob does not reach him at first, though he is there.
  const stream = '**/trpc/events.subscribe*'
  await bob.page.route(stream, (route) => route.abort())
  await bob.page.reload()
  await goIn(bob, meeting)
  await tiles(ann).nth(1).waitFor()
  await new Promise((resolve) => setTimeout(resolve, 3_000))
  expect(await frames(bob)).toEqual([0])
  await bob.page.unroute(stream)
  await Promise.all([seesMoving(ann, 1), seesMoving(bob, 1)])
  // He says nothing for so long that he is taken for gone, and comes back by himself.
  const signals = '**/trpc/*sessions.peer.signal*'
  await bob.page.route(signals, (route) => route.abort())
  await expect.poll(() => tiles(ann).count(), { timeout: 15_000 }).toBe(1)
  await bob.page.unroute(signals)
  await Promise.all([seesMoving(ann, 1), seesMoving(bob, 1)])
})
