import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { useHouse } from './harness.fixture.ts'

const house = useHouse()
const room = 'https://meet.example.com/choir'

const form = (page: Page, name: string) => page.getByRole('form', { name, exact: true })
const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click()
const section = (page: Page, name: string) => page.locator('summary').getByText(name, { exact: true }).click()

/** Arranges a meeting, with what the labels of its form name; its address. */
async function arrange(page: Page, given: Readonly<Record<string, string>>): Promise<string> {
  await page.getByRole('link', { name: 'Meetings' }).click()
  await section(page, 'New meeting')
  const fields = form(page, 'Create meeting')
  for (const [label, value] of Object.entries({ 'Address where': room, ...given })) {
    const field = fields.getByLabel(label).first()
    if (label === 'Time zone' || label === 'Repeated') await field.selectOption(value)
    else await field.fill(value)
  }
  await fields.getByRole('button').click()
  await page.getByRole('heading', { name: given.Title ?? '' }).waitFor()
  return page.url()
}

test('a meeting is arranged, answered, waited for, joined, changed, and cancelled', async () => {
  const [ann, bob, cleo] = [await house.demo('ann'), await house.demo('bob'), await house.demo('cleo')]
  await ann.getByRole('link', { name: 'Meetings' }).click()
  await section(ann, 'New meeting')
  await press(ann, 'Create meeting')
  await expect.poll(() => ann.getByLabel('Title').evaluate('document.activeElement?.name')).toBe('title')
  await ann.reload()
  const timeZone = 'Pacific/Kiritimati'
  // Attendance is noted from an hour before.
  const soon = new Date(Date.now() + 1_800_000).toLocaleString('sv-SE', { timeZone })
  const begins = soon.slice(0, 16).replace(' ', 'T')
  const series = { Repeated: 'Every week', 'How many times': '3', 'Time zone': timeZone, Begins: begins }
  const url = await arrange(ann, { ...series, Title: 'Rehearsal', Passcode: '4711', People: 'bob' })
  await ann.getByText('Pacific/Kiritimati', { exact: true }).waitFor()
  await ann.getByText('For you: ').waitFor()
  await ann.getByText('Every week, 3 times').waitFor()
  await section(ann, 'Change')
  await form(ann, 'Save').getByLabel('one by one').check()
  await form(ann, 'Save').getByLabel('Title').fill('Dress rehearsal')
  await form(ann, 'Save').getByRole('button').click()
  await ann.getByText('Nobody is waiting.').waitFor()

  // As mails and calendars name it.
  await bob.goto(url.replace('/#', ''))
  await bob.getByRole('heading', { name: 'Dress rehearsal' }).waitFor()
  expect(bob.url()).toBe(url)
  await press(bob, 'Maybe')
  await press(bob, 'Yes')
  await bob.locator('.person', { hasText: 'Bob Brandt' }).getByText('Yes').waitFor()
  await press(bob, 'Join')
  await bob.getByText('The host was asked').waitFor()
  await press(ann, 'Let in: Bob Brandt')
  const door = bob.getByRole('link', { name: 'Go to the meeting' })
  expect(await door.getAttribute('href')).toBe(room)

  await cleo.goto(url)
  await cleo.getByText('you cannot see it').waitFor()
  await cleo.getByLabel('Passcode').fill('4712')
  await press(cleo, 'Join')
  await cleo.getByText('This passcode is not right.').waitFor()
  await cleo.getByLabel('Passcode').fill('4711')
  await press(cleo, 'Join')
  await cleo.getByText('The host was asked').waitFor()
  await press(ann, 'Refuse: Cleo Costa')
  await cleo.getByText('The host does not let you in.').waitFor()

  await ann.context().route(`${room}*`, (route) => route.fulfill({ body: 'The room' }))
  const opening = ann.waitForEvent('popup')
  await press(ann, 'Join')
  const popup = await opening
  await expect.poll(() => popup.url()).toBe(room)
  await popup.close()
  await section(ann, 'Who was there')
  await ann.locator('details', { hasText: 'Who was there' }).getByText('Bob Brandt').waitFor()
  const saving = ann.waitForEvent('download')
  await press(ann, 'Add to calendar')
  expect(await readFile(await (await saving).path(), 'utf8')).toContain('SUMMARY:Dress rehearsal')
  await section(ann, 'All its times')
  await press(ann, /^Move: /)
  await form(ann, 'Move to this time of Pacific/Kiritimati').getByLabel('Begins').fill('2099-01-01T09:30')
  await press(ann, /^Move to/)
  await ann.locator('li').getByText('2098').or(ann.locator('li').getByText('2099')).waitFor()
  await press(ann, /^Cancel: /)
  await ann.locator('li').getByText('Cancelled').waitFor()
  await section(ann, 'More')
  await press(ann, 'Cancel meeting')
  await ann.locator('.banner').getByText('Cancelled').waitFor()
  await bob.getByRole('link', { name: 'Meetings' }).click()
  await bob
    .getByRole('link', { name: /Dress rehearsal Cancelled/ })
    .first()
    .waitFor()
}, 60_000)

test('a calendar address works until it is revoked', async () => {
  const ann = await house.demo('ann')
  await ann.getByRole('link', { name: 'Meetings' }).click()
  await section(ann, 'Calendar address')
  await press(ann, 'Create address')
  const url = (await ann.locator('.secret').textContent()) ?? ''
  expect(await (await fetch(url)).text()).toContain('BEGIN:VCALENDAR')
  await press(ann, 'Revoke address')
  await ann.getByText('The address stopped working.').waitFor()
  expect((await fetch(url)).status).toBe(404)
}, 60_000)

/** A short film, made in the page. */
const film = `new Promise((resolve) => {
  const canvas = document.createElement('canvas')
  const paint = setInterval(() => {
    const context = canvas.getContext('2d')
    context.fillStyle = 'hsl(' + (performance.now() % 360) + ' 60% 50%)'
    context.fillRect(0, 0, 300, 150)
  }, 40)
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' })
  recorder.ondataavailable = async ({ data }) => resolve([...new Uint8Array(await data.arrayBuffer())])
  recorder.start()
  setTimeout(() => { clearInterval(paint); recorder.stop() }, 1500)
})`

/** A second of silence. */
function silence(): Buffer {
  const wav = Buffer.alloc(16_044)
  wav.write('RIFF\xac\x3e\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0@\x1f\0\0\x80>\0\0\x02\0\x10\0data\x80>\0\0', 'latin1')
  wav.writeUInt32LE(wav.length - 8, 4)
  return wav
}

const played = (page: Page) => page.evaluate<number>('document.querySelector(".player")?.currentTime ?? 0')

test('a recording is uploaded, shared, watched with its password, and by a link without an account', async () => {
  const [ann, bob] = [await house.demo('ann'), await house.demo('bob')]
  await arrange(ann, { Title: 'Concert', 'Password of its recording': 'open sesame', People: 'bob' })
  await ann.getByRole('link', { name: 'Recording', exact: true }).click()
  await ann.getByText('There is nothing in it yet.').waitFor()
  const url = ann.url()
  const buffer = Buffer.from(await ann.evaluate<number[]>(film))
  await ann.getByLabel('Attach files').setInputFiles([
    { name: 'film.webm', mimeType: 'video/webm', buffer },
    { name: 'sound.wav', mimeType: 'audio/wav', buffer: silence() },
  ])
  await press(ann, 'Add to the recording')
  await press(ann, 'Watch')
  await expect.poll(() => played(ann)).toBeGreaterThan(0.2)

  await bob.goto(url)
  await bob.getByText('you cannot see it').waitFor()
  await section(ann, 'Shared with')
  await form(ann, 'Share').getByLabel('People').fill('nobody-here')
  await press(ann, 'Share')
  await ann.getByText('Nobody is called “nobody-here”.').waitFor()
  await form(ann, 'Share').getByLabel('People').fill('bob, zoe@example.com')
  await press(ann, 'Share')
  await ann.getByRole('button', { name: 'Stop sharing: zoe@example.com' }).waitFor()
  await press(bob, 'Try again')
  await press(bob, 'Watch')
  await bob.getByLabel('Password').fill('a wrong one')
  await press(bob, 'Watch')
  await bob.getByText('This password is not right.').waitFor()
  await bob.getByLabel('Password').fill('open sesame')
  await press(bob, 'Watch')
  await expect.poll(() => played(bob)).toBeGreaterThan(0.2)
  await press(bob, 'sound.wav')
  await bob.locator('audio').waitFor()
  expect(await bob.getByRole('link', { name: 'Download' }).count()).toBe(0)

  await section(ann, 'Links')
  await ann.getByText('Links work once').waitFor()
  await section(ann, 'Who may see it')
  await form(ann, 'Save').getByLabel('Besides those').selectOption('Whoever has a link')
  await press(ann, 'Save')
  await ann.getByText('Links work once').waitFor({ state: 'detached' })
  const link = form(ann, 'Create link')
  await link.getByLabel('Name of the link').fill('Parents')
  await link.getByLabel('Password').fill('for parents')
  await link.getByLabel('How often').fill('1')
  await link.getByLabel('download').check()
  await press(ann, 'Create link')
  const address = (await ann.locator('.secret').textContent()) ?? ''

  const guest = await house.open()
  const sent: string[] = []
  guest.on('request', (request) => sent.push(request.url(), request.headers().referer ?? ''))
  await guest.goto(address)
  await press(guest, 'Watch')
  await guest.getByLabel('Password', { exact: true }).fill('for parents')
  await press(guest, 'Watch')
  await guest.getByLabel('Password of the recording').fill('open sesame')
  await guest.getByLabel('Password', { exact: true }).fill('for parents')
  await press(guest, 'Watch')
  await guest.getByRole('heading', { name: 'Concert' }).waitFor()
  await expect.poll(() => played(guest)).toBeGreaterThan(0.2)
  const saving = guest.waitForEvent('download')
  await guest.getByRole('link', { name: 'Download: film.webm' }).click()
  expect((await saving).suggestedFilename()).toBe('film.webm')
  const [, secret = 'none'] = address.split('.').slice(-2)
  expect(sent.join('\n')).not.toContain(secret)
  await guest.reload()
  await press(guest, 'Watch')
  await guest.getByText('opened as often as it can be').waitFor()

  await section(ann, 'Who watched')
  await ann.locator('.person', { hasText: 'Bob Brandt' }).getByText('opened once').waitFor()
  await press(ann, 'in total by link')
  await ann.locator('.person', { hasText: 'Parents' }).getByText('downloads: 1').waitFor()
  await press(ann, 'Revoke: Parents')
  await ann.getByText('revoked').waitFor()
  await guest.getByRole('button', { name: 'Watch' }).click()
  await guest.getByText('you cannot see it').waitFor()
  await press(ann, 'Remove recording')
  await press(ann, 'Removed')
  await press(ann, 'Restore: Concert')
  await press(ann, 'Mine')
  await ann.getByRole('link', { name: /Concert 2 files/ }).waitFor()
}, 60_000)
