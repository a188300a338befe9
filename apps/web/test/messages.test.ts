import { readFile } from 'node:fs/promises'
import { createClient } from '@antiphon/client'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { actOn, bodies, message, useHouse, write } from './harness.fixture.ts'

const house = useHouse()

const openRoom = (page: Page, name: string | RegExp) => page.getByRole('link', { name }).first().click()

test('what one does the other sees as it happens', async () => {
  const [ann, bob] = [await house.demo('ann'), await house.demo('bob')]
  await openRoom(ann, /Bob Brandt/)
  await message(ann, 'Hasta').waitFor()
  await write(ann, 'Are you coming?')
  await bob.getByRole('link', { name: /Ann Alvarez .* 1 unread/ }).click()
  await message(bob, 'Are you coming?').waitFor()
  await message(ann, 'Are you coming?').getByText('Read', { exact: true }).waitFor({ state: 'attached' })
  await expect.poll(() => bob.getByRole('link', { name: /Ann Alvarez .* unread/ }).count()).toBe(0)

  await bob.getByLabel('Message', { exact: true }).pressSequentially('On my')
  await ann.getByText('Bob Brandt is writing…').waitFor()
  await write(bob, 'On my way')
  await message(ann, 'On my way').waitFor()
  await expect.poll(() => ann.getByText('is writing…').count()).toBe(0)

  await actOn(bob, 'On my way', 'Edit')
  await write(bob, 'On my way, ten minutes')
  await message(ann, 'ten minutes').getByText('edited').waitFor()
  await actOn(ann, 'ten minutes', 'Earlier texts')
  await message(ann, 'ten minutes').getByRole('listitem').getByText('On my way').waitFor()
  await message(ann, 'ten minutes').getByRole('button', { name: 'React with 👍' }).click()
  await message(bob, 'ten minutes').getByRole('button', { name: '👍 by 1' }).click()
  await message(ann, 'ten minutes').getByRole('button', { name: '👍 by 2' }).waitFor()

  await actOn(ann, 'ten minutes', 'Reply')
  await write(ann, 'Good, see you then')
  await message(bob, 'see you then')
    .getByRole('button', { name: 'Go to the message' })
    .getByText('ten minutes')
    .waitFor()
  await actOn(ann, 'Are you coming?', 'Delete')
  await message(bob, 'This message was deleted.').waitFor()
  expect(await bob.getByText('Are you coming?').count()).toBe(0)
  await actOn(ann, 'see you then', 'Who has read it')
  await message(ann, 'see you then').getByText('Bob Brandt: Read').waitFor()
}, 60_000)

/** A picture of one point. */
const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='

test('pictures are shown to those in the room, other files are downloaded', async () => {
  const [ann, bob] = [await house.demo('ann'), await house.demo('bob')]
  await openRoom(ann, /Bob Brandt/)
  await ann.getByLabel('Attach files').setInputFiles([
    { name: 'stage.png', mimeType: 'image/png', buffer: Buffer.from(picture, 'base64') },
    { name: 'program.txt', mimeType: 'text/plain', buffer: Buffer.from('First: the tenors.') },
  ])
  await ann.locator('.files li:not(:has(progress))').nth(1).waitFor()
  await write(ann, 'The stage')
  await openRoom(bob, /Ann Alvarez/)
  await message(bob, 'The stage').getByRole('img', { name: 'stage.png' }).waitFor()
  await expect.poll(() => bob.evaluate("document.querySelector('img.picture').naturalWidth")).toBe(1)
  const saving = bob.waitForEvent('download')
  await message(bob, 'The stage').getByRole('link', { name: 'program.txt' }).click()
  expect(await readFile(await (await saving).path(), 'utf8')).toBe('First: the tenors.')
  await ann
    .getByLabel('Attach files')
    .setInputFiles({ name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) })
  await ann.locator('.files .problem').waitFor()
  await ann.getByRole('button', { name: 'Remove empty.txt' }).click()
}, 60_000)

test('while the server is away nothing is lost, and nothing comes twice', async () => {
  const [ann, bob] = [await house.demo('ann'), await house.demo('bob')]
  await openRoom(ann, /Bob Brandt/)
  await openRoom(bob, /Ann Alvarez/)
  await write(ann, 'Before')
  await message(bob, 'Before').waitFor()
  await house.restart(async () => {
    await ann.getByText('Connection lost.').waitFor()
    await write(ann, 'Meanwhile 1')
    await write(ann, 'Meanwhile 2')
    await ann.getByText('Waiting for the server…').waitFor()
    expect(await ann.locator('[data-status="sending"]').count()).toBe(2)
  })
  for (const page of [ann, bob]) {
    await message(page, 'Meanwhile 2').waitFor()
    await page.getByText('Connection lost.').waitFor({ state: 'detached' })
  }
  await expect.poll(() => ann.locator('[data-status]').count()).toBe(0)
  await write(bob, 'And I am back, too')
  for (const page of [ann, bob]) await message(page, 'And I am back, too').waitFor()
  const [one, other] = [await bodies(ann), await bodies(bob)]
  expect(one).toEqual(other)
  expect(one.filter((body) => body.startsWith('Meanwhile'))).toEqual(['Meanwhile 1', 'Meanwhile 2'])
}, 90_000)

test('of a long history the older parts come as one reads up, and a search leads far back', async () => {
  const { token } = await createClient({ url: house.url }).users.signIn({
    identifier: 'bob',
    password: 'antiphon-demo',
  })
  const { messages } = createClient({ url: house.url, token })
  const room = await messages.rooms.create({ name: 'Long talk' })
  for (let at = 0; at < 3; at++) {
    const items = Array.from({ length: 100 }, (_, index) => {
      const number = at * 100 + index + 1
      return { roomId: room.id, clientId: `long-${number}`, body: number === 7 ? 'A needle' : `Straw ${number}` }
    })
    await messages.sendBatch({ items })
  }
  const bob = await house.demo('bob')
  await openRoom(bob, /Long talk/)
  await message(bob, 'Straw 300').waitFor()
  expect((await bodies(bob)).length).toBe(50)
  await bob
    .getByRole('region', { name: 'Messages' })
    .evaluate('document.querySelector(".message-list .scroll").scrollTo(0, -1e6)')
  await expect.poll(async () => (await bodies(bob)).length, { timeout: 10_000 }).toBeGreaterThanOrEqual(100)
  await bob.getByRole('button', { name: 'To the newest message' }).waitFor()
  expect(await message(bob, 'Straw 300').isVisible()).toBe(true)

  await bob.getByRole('link', { name: 'Search' }).click()
  await bob.getByLabel('Words').fill('needle')
  await bob.getByLabel('Words').press('Enter')
  await bob.getByRole('link', { name: /A needle/ }).click()
  const found = bob.locator('[data-target=true]').getByText('A needle')
  await found.waitFor()
  const { y = -1 } = (await found.boundingBox()) ?? {}
  expect(y).toBeGreaterThan(60)
  expect(y).toBeLessThan(700)
  const shown = await bodies(bob)
  expect(new Set(shown).size).toBe(shown.length)
  await bob.getByRole('button', { name: 'To the newest message' }).click()
  await expect.poll(async () => ((await message(bob, 'Straw 300').boundingBox())?.y ?? 0) > 300).toBe(true)
}, 60_000)

test('an open group is found, joined, talked in, searched, and left', async () => {
  const [ann, cleo] = [await house.demo('ann'), await house.demo('cleo')]
  await ann.getByRole('link', { name: 'Groups' }).click()
  await ann.getByRole('button', { name: 'Join: Coffee corner' }).click()
  await message(ann, 'Everybody is welcome').waitFor()
  await ann.getByLabel('Message', { exact: true }).fill('Who takes milk, @cl')
  await ann.getByRole('button', { name: '@cleo' }).click()
  await ann.getByLabel('Message', { exact: true }).press('Enter')
  await cleo.getByRole('link', { name: /Coffee corner .*@ . unread/ }).click()
  await message(cleo, 'Who takes milk').locator('mark').getByText('@cleo').waitFor()
  await actOn(cleo, 'Who takes milk', 'Report')

  await cleo.getByRole('link', { name: 'Search' }).click()
  await cleo.getByLabel('Words').fill('coffee wel')
  await cleo.getByLabel('Words').press('Enter')
  await cleo.getByRole('link', { name: /Everybody is welcome/ }).click()
  await cleo.locator('[data-target=true]').getByText('Everybody is welcome').waitFor()

  await ann.getByRole('link', { name: 'Details' }).click()
  await ann.getByText('More', { exact: true }).click()
  await ann.getByRole('button', { name: 'Leave' }).click()
  await ann.getByText('Choose a conversation').waitFor()
  await expect.poll(() => ann.getByRole('link', { name: /Coffee corner/ }).count()).toBe(0)
  await cleo.getByRole('link', { name: 'Details' }).click()
  await cleo.getByText('Members (2)').waitFor()
}, 60_000)

test('a group is made, changed, filled, and emptied', async () => {
  const [cleo, bob] = [await house.demo('cleo'), await house.demo('bob')]
  await cleo.getByRole('link', { name: 'New conversation' }).click()
  await cleo.getByLabel('Group name').fill('Tenors')
  await cleo.getByRole('button', { name: 'Create group' }).click()
  await cleo.getByRole('link', { name: 'Details' }).click()
  await cleo.getByText('Add people', { exact: true }).click()
  await cleo.getByLabel('Find people').fill('bob')
  await cleo.getByRole('button', { name: 'Add: Bob Brandt' }).click()
  await cleo.getByText('Members (2)').waitFor()
  await openRoom(bob, /Tenors/)

  await cleo.getByText('Settings', { exact: true }).click()
  await cleo.getByLabel('Group name').fill('Tenors and basses')
  await cleo.getByLabel('Messages are removed').fill('nonsense')
  await cleo.getByRole('button', { name: 'Save' }).click()
  await cleo.locator('[aria-invalid=true]').waitFor()
  await cleo.getByLabel('Messages are removed').fill('30')
  await cleo.getByRole('button', { name: 'Save' }).click()
  await cleo.getByText('Messages are removed after 30 days.').waitFor()
  await bob.getByRole('heading', { name: 'Tenors and basses' }).waitFor()
  await bob.getByRole('link', { name: /Tenors and basses/ }).waitFor()

  await cleo.getByLabel('Role of Bob Brandt').selectOption('Administrator')
  await bob.getByRole('link', { name: 'Details' }).click()
  await bob.getByText('Settings', { exact: true }).waitFor()
  await cleo.getByRole('button', { name: 'Ban: Bob Brandt' }).click()
  await bob.getByText('You are not in this conversation').waitFor()
  await cleo.getByText('Banned people').click()
  await cleo.getByRole('button', { name: 'Take the ban back: Bob Brandt' }).click()
  await cleo.getByText('Nobody is banned.').waitFor()
  await cleo.getByText('More', { exact: true }).click()
  await cleo.getByRole('button', { name: 'Archive' }).click()
  await openRoom(cleo, /Tenors and basses/)
  await cleo.getByText('This group is archived').waitFor()
}, 60_000)
