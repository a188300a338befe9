import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { serve } from '../../../packages/server/test/process/command.ts'
import { temporaryDirectory } from '../../../packages/server/test/temporary.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
const web = fileURLToPath(new URL('../dist', import.meta.url))

let browser: Browser
let server: Awaited<ReturnType<typeof serve>>
let data: string

beforeAll(async () => {
  if (executablePath === undefined) return
  data = await temporaryDirectory()
  server = await serve(data, '--demo', '--web', web)
  browser = await chromium.launch({ executablePath, args: flags })
})

afterAll(async () => {
  if (executablePath === undefined) return
  await browser.close()
  server.child.kill('SIGTERM')
  await server.ended
  await rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
})

beforeEach((context) => context.skip(executablePath === undefined, 'no Chromium is installed'))

/** A person with a browser window of their own; what the page complains about ends up in `problems`. */
async function open(problems: string[]): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1200, height: 760 } })).newPage()
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) problems.push(message.text())
  })
  await page.goto(server.url)
  return page
}

async function signUp(page: Page, name: string, first: string): Promise<void> {
  await page.getByRole('button', { name: 'I am new here' }).click()
  await page.getByLabel('User name').fill(name)
  await page.getByLabel('Email').fill(`${name}@example.com`)
  await page.getByLabel('Password').fill('correct horse')
  await page.getByLabel('First name').fill(first)
  await page.getByLabel('Last name').fill('Test')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.getByText(`@${name}`).waitFor()
}

async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByLabel('Message', { exact: true }).press('Enter')
}

const bodies = (page: Page) => page.locator('.message > p').allTextContents()

/** Delays every request, and loses some of them and some of the answers. */
async function spoil(page: Page): Promise<void> {
  await page.context().route('**/trpc/**', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 200))
    const roll = Math.random()
    if (roll < 0.08) return route.abort()
    if (roll < 0.16) {
      await route.fetch().catch(() => {})
      return route.abort()
    }
    return route.continue()
  })
}

test('two people sign up, find each other, and exchange messages over a bad connection, each once and in one order', async () => {
  const problems: string[] = []
  const [dora, emil] = [await open(problems), await open(problems)]
  await signUp(dora, 'dora', 'Dora')
  await signUp(emil, 'emil', 'Emil')
  await dora.getByRole('link', { name: 'New conversation' }).click()
  await dora.getByLabel('Find people').fill('EMI')
  await dora.getByRole('button', { name: 'Emil Test' }).first().click()
  await dora.getByRole('button', { name: 'Start conversation' }).click()
  await dora.getByRole('heading', { name: 'Emil Test' }).waitFor()
  await write(dora, 'Shall we?')
  await emil.getByRole('link', { name: 'Dora Test' }).click()
  await emil.locator('.message > p').getByText('Shall we?').waitFor()

  await Promise.all([spoil(dora), spoil(emil)])
  for (let at = 1; at <= 10; at++) {
    await write(dora, `dora ${at}`)
    await write(emil, `emil ${at}`)
  }
  const expected = 21
  const settled = async () => {
    for (const page of [dora, emil]) {
      const retry = page.getByRole('button', { name: 'Try again' })
      if ((await retry.count()) > 0)
        await retry
          .first()
          .click({ timeout: 500 })
          .catch(() => {})
      if ((await page.locator('[data-status]').count()) > 0) return 0
    }
    const [one, other] = [await bodies(dora), await bodies(emil)]
    return JSON.stringify(one) === JSON.stringify(other) ? one.length : 0
  }
  await expect.poll(settled, { timeout: 60_000, interval: 300 }).toBe(expected)
  expect(new Set(await bodies(dora)).size).toBe(expected)
  expect(problems).toEqual([])
}, 120_000)

test('what is wrong is shown at its field, and a reload keeps the session', async () => {
  const problems: string[] = []
  const page = await open(problems)
  await page.getByRole('button', { name: 'I am new here' }).click()
  await page.getByLabel('User name').fill('ann')
  await page.getByLabel('Email').fill('nonsense')
  await page.getByLabel('Password').fill('x')
  await page.getByRole('button', { name: 'Create account' }).click()
  await page.locator('[aria-invalid=true]').first().waitFor()
  expect(await page.locator('[aria-invalid=true]').count()).toBe(2)
  await page.getByRole('button', { name: 'I have an account' }).click()
  await page.getByLabel('User name or email').fill('ann')
  await page.getByLabel('Password').fill('antiphon-demo')
  await page.getByLabel('Password').press('Enter')
  await page.getByText('@ann', { exact: true }).waitFor()
  await page.reload()
  await page.getByRole('link', { name: 'Spring concert' }).click()
  await page.locator('.message > p').getByText('Seven it is.').waitFor()
  expect(problems).toEqual([])
}, 60_000)
