import { readFile } from 'node:fs/promises'
import { createClient } from '@antiphon/client'
import type { Page } from 'playwright-core'
import { afterAll, expect, test } from 'vitest'
import { startZoomServer } from '../../../packages/server/src/demo/zoom/server.ts'
import {
  postWebhook,
  stageProvider,
  startStage,
} from '../../../packages/server/src/sessions/reconcile/stage.fixture.ts'
import { serveEmbedded } from '../../../packages/server/test/process/embedded.ts'
import { useHouse, web } from './harness.fixture.ts'

const periodSeconds = 5
const stage = await startStage()
const zoom = await startZoomServer()
afterAll(async () => {
  await stage.stop()
  await zoom.close()
})

/** The demo, with a stage and a Zoom to look after. */
const house = useHouse((database, port) => {
  const providers = [stageProvider(stage.url)]
  return serveEmbedded({ database, web, providers, zoomUrl: zoom.url, reconcileEverySeconds: periodSeconds }, port)
})

const soon = { timeout: 2.5 * periodSeconds * 1_000 }
const card = (page: Page, name: string) => page.getByRole('listitem', { name, exact: true })
const stateOf = (page: Page, name: string) => card(page, name).locator('.state')

async function dashboard(name: string): Promise<Page> {
  const page = await house.demo(name)
  await page.getByRole('link', { name: 'Live', exact: true }).click()
  await page.getByRole('heading', { name: 'Available rooms' }).waitFor()
  return page
}

/** Has the stage tell of a session by itself. */
async function tell(kind: string, { room: externalId, run: sessionKey, title }: ReturnType<typeof stage.begin>) {
  const at = new Date().toISOString()
  const hostEmail = 'ann@example.com'
  const joinUrl = `https://stage.test/${externalId}`
  const event = { key: `${kind} ${sessionKey}`, kind, externalId, sessionKey, at, room: { title, hostEmail, joinUrl } }
  expect((await postWebhook(house.url, [event])).status).toBe(200)
}

test('what begins is seen within two seconds, by those whom it concerns; ended with one button, it is free again', async () => {
  const [ann, bob] = [await dashboard('ann'), await dashboard('bob')]
  await ann.getByText('Nothing is live.').waitFor()
  const begun = stage.begin('choir', 'Ann', 'Zoe')
  await tell('session.started', begun)
  await stateOf(ann, 'At choir').getByText('live', { exact: true }).waitFor({ timeout: 2_000 })
  const choir = card(ann, 'At choir')
  await choir.getByText('2 people: Ann, Zoe').click()
  await choir.locator('.person', { hasText: 'Zoe' }).getByText('since').waitFor()
  expect(await choir.getByRole('link', { name: 'Join' }).getAttribute('href')).toBe('https://stage.test/choir')
  expect(await choir.getByRole('button', { name: 'Lock' }).count()).toBe(0)
  expect(await card(bob, 'At choir').count()).toBe(0)

  const asked = ann.waitForEvent('dialog')
  await choir.getByRole('button', { name: 'End: At choir' }).click()
  expect((await asked).message()).toBe('End “At choir” for everybody?')
  await stateOf(ann, 'At choir').getByText('ended').waitFor(soon)
  await choir.getByText('It is over.').waitFor()
  expect(stage.sessions.has('choir')).toBe(false)
  const room = card(ann, 'At choir').filter({ hasText: 'free' })
  await room.waitFor(soon)
  await ann.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await room.getByRole('button', { name: 'Copy link: At choir' }).click()
  expect(await ann.evaluate('navigator.clipboard.readText()')).toBe('https://stage.test/choir')
}, 60_000)

test('who says no to the question ends nothing; an end that does not come is told, and can be asked for again', async () => {
  const page = await house.demo('ann')
  page.removeAllListeners('dialog')
  page.once('dialog', (dialog) => dialog.dismiss())
  await page.getByRole('link', { name: 'Live', exact: true }).click()
  await tell('session.started', stage.begin('duet', 'Ann'))
  const end = card(page, 'At duet').getByRole('button', { name: 'End' })
  await end.click()
  expect(stage.requests.filter(({ line }) => line.endsWith('/duet/end'))).toEqual([])
  stage.misbehave((line) => (line.endsWith('/end') ? { slowMs: 1_000 } : undefined))
  page.on('dialog', (dialog) => dialog.accept())
  await end.click()
  await expect.poll(() => end.isDisabled()).toBe(true)
  await stateOf(page, 'At duet').getByText('ending').waitFor()
  await stateOf(page, 'At duet').getByText('ended').waitFor(soon)
  stage.misbehave((line) => (line.endsWith('/end') ? { status: 500 } : undefined))
  await tell('session.started', stage.begin('trio', 'Ann'))
  const trio = card(page, 'At trio')
  await trio.getByRole('button', { name: 'End' }).click()
  await trio.getByRole('status').getByText('It did not end. The stage says 500.').waitFor()
  await expect.poll(() => trio.getByRole('button', { name: 'End' }).isEnabled(), soon).toBe(true)
  stage.misbehave(() => undefined)
  await trio.getByRole('button', { name: 'End' }).click()
  await stateOf(page, 'At trio').getByText('ended').waitFor(soon)
}, 60_000)

test('with the provider away what was live turns unknown by itself, and back; with the server away the page says so', async () => {
  const ann = await dashboard('ann')
  await tell('session.started', stage.begin('hall', 'Ann'))
  await stateOf(ann, 'At hall').getByText('live', { exact: true }).waitFor(soon)
  await stage.stop()
  // Nothing comes to the page any more.
  await ann.context().route('**/trpc/**', (route) => route.abort())
  await stateOf(ann, 'At hall')
    .getByText(/^unknown · last seen \d+ seconds ago$/)
    .waitFor({ timeout: (2 * periodSeconds + 3) * 1_000 })
  await ann.context().setOffline(true)
  await ann.context().setOffline(false)
  await ann.locator('.banner').getByText('This may not be so any more').waitFor()
  await expect.poll(() => ann.locator('.state').getByText('free').count()).toBe(0)
  await ann.context().unroute('**/trpc/**')
  await stage.startAgain()
  await stateOf(ann, 'At hall').getByText('live', { exact: true }).waitFor({ timeout: 25_000 })
  await ann.locator('.banner').getByText('This may not be so any more').waitFor({ state: 'detached' })
}, 60_000)

test('an administrator connects an account, enters its address at Zoom, and sees what goes on there', async () => {
  const [ann, bob] = [await dashboard('ann'), await dashboard('bob')]
  await bob.getByText('Nothing is live.').waitFor()
  expect(await bob.getByRole('button', { name: 'All' }).count()).toBe(0)
  expect(await bob.getByText('Accounts').count()).toBe(0)
  await ann.locator('summary').getByText('Accounts').click()
  const form = ann.getByRole('form', { name: 'Connect Zoom' })
  const secret = 'token-of-zoom'
  const given = { 'What to call it': 'School', 'Account ID': zoom.app().accountId, 'Client ID': zoom.app().clientId }
  for (const [label, value] of Object.entries(given)) await form.getByLabel(label).fill(value)
  await form.getByLabel('Client secret').fill('another-secret')
  await form.getByLabel('Secret token').fill(secret)
  await form.getByRole('button').click()
  await form.getByRole('alert').filter({ hasText: /\w/ }).first().waitFor()
  expect(await card(ann, 'School').count()).toBe(0)
  await form.getByLabel('Client secret').fill(zoom.app().clientSecret)
  await form.getByLabel('Secret token').fill(secret)
  await form.getByRole('button').click()
  const school = card(ann, 'School')
  await school.getByText('works').waitFor()
  await school.getByText('It has told us nothing yet').waitFor()
  const url = (await school.locator('.secret').textContent()) ?? ''
  expect(await zoom.setWebhook({ url, secret })).toBe(true)

  await ann.getByRole('button', { name: 'All', exact: true }).click()
  zoom.addUser({ id: 'cleo', email: 'cleo@example.com', firstName: 'Cleo', lastName: 'Costa' })
  const { id } = zoom.createMeeting({ id: 81_000_000_001, host: 'cleo@example.com', topic: 'Singing', type: 3 })
  zoom.start(id)
  zoom.join(id, 'Bob Brandt', 'bob@example.com')
  await stateOf(ann, 'Singing').getByText('live', { exact: true }).waitFor({ timeout: 2_000 })
  await card(ann, 'Singing').getByText('Bob Brandt').waitFor(soon)
  await ann.getByRole('button', { name: 'Check now: School' }).click()
  await school.getByText(/Told us something/).waitFor()
  await school.getByText('Change School').click()
  await school.getByLabel('What to call it').fill('Music school')
  await school.getByRole('button', { name: 'Save' }).click()
  await ann.getByRole('button', { name: 'Disconnect: Music school' }).click()
  await ann.getByText('No account is connected.').waitFor()
}, 60_000)

async function signIn(identifier: string) {
  const { user, token } = await createClient({ url: house.url }).users.signIn({ identifier, password: 'antiphon-demo' })
  return { userId: user.id, client: createClient({ url: house.url, token }) }
}

test('a host locks a built-in room, sends somebody out, ends it; its meeting then tells who was there, also as a table', async () => {
  const [ann, bob] = [await signIn('ann'), await signIn('bob')]
  const { id: meetingId } = await ann.client.meetings.create({
    ...{
      title: 'Choir',
      startsAt: new Date(),
      durationMinutes: 60,
      timeZone: 'UTC',
      invitees: [{ userId: bob.userId }],
    },
  })
  const page = await dashboard('ann')
  for (const { client } of [ann, bob]) {
    const joined = await client.meetings.join({ meetingId })
    const ticket = (joined.status === 'admitted' && joined.ticket) || ''
    await client.sessions.peer.join({ ticket, tab: 'a page of theirs' })
  }
  const choir = card(page, 'Choir').filter({ hasText: 'live' })
  await choir.getByText(/^2 people: (Ann Alvarez, Bob Brandt|Bob Brandt, Ann Alvarez)$/).click({ timeout: 2_000 })
  const lock = choir.getByRole('button', { name: 'Lock: Choir' })
  await lock.click()
  await choir.getByText('locked').waitFor()
  expect(await lock.getAttribute('aria-pressed')).toBe('true')
  await choir.getByRole('button', { name: 'Send out: Bob Brandt' }).click()
  await choir.getByText('One person: Ann Alvarez').waitFor()
  await choir.getByRole('button', { name: 'End: Choir' }).click()
  await stateOf(page, 'Choir').getByText('ended').waitFor()

  await card(page, 'Choir').getByRole('link', { name: 'Meeting' }).first().click()
  await page.locator('summary').getByText('Sessions', { exact: true }).click()
  const history = page.locator('details', { hasText: 'Download as a table' })
  await history.locator('summary').nth(1).click()
  await history.locator('.person', { hasText: 'Bob Brandt' }).waitFor()
  const saving = page.waitForEvent('download')
  await history.getByRole('button', { name: 'Download' }).click()
  expect(await readFile(await (await saving).path(), 'utf8')).toMatch(/Bob Brandt/)
}, 60_000)
