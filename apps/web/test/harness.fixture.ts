import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { type Command, serve } from '../../../packages/server/test/process/command.ts'
import { temporaryDirectory } from '../../../packages/server/test/temporary.ts'

const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']
/** The built web app. */
export const web = fileURLToPath(new URL('../dist', import.meta.url))

export const password = 'correct horse'

export interface House {
  readonly url: string
  /** A person with a browser of their own. */
  open(): Promise<Page>
  /** The same with an account. */
  signUp(name: string): Promise<Page>
  /** The same of the demo. */
  demo(name: string): Promise<Page>
  /** Stops the server in order, and starts it again after some work. */
  restart(meanwhile: () => Promise<unknown>): Promise<void>
  /** The newest link of a mail that the server has written to its log. */
  mailedLink(to: string, page: string): Promise<string>
}

/** A server with the demo's people. */
interface Served {
  readonly url: string
  readonly printed?: Command['printed']
  stop(): Promise<unknown>
}

async function serveDemo(data: string, port: number): Promise<Served> {
  const server = await serve(data, '--demo', '--web', web, '--port', String(port))
  const stop = () => {
    server.child.kill('SIGTERM')
    return server.ended
  }
  return { ...server, stop }
}

/** A server and a browser for the tests of a file. What the pages complain about fails the test. */
export function useHouse(begin: (data: string, port: number) => Promise<Served> = serveDemo): House {
  let browser: Browser
  let server: Served
  let data: string
  let port: number
  const start = () => begin(data, port)
  const contexts: BrowserContext[] = []
  const problems: string[] = []
  beforeAll(async () => {
    if (executablePath === undefined) return
    data = await temporaryDirectory()
    port = await freePort()
    server = await start()
    browser = await chromium.launch({ executablePath, args: flags })
  })
  afterAll(async () => {
    if (executablePath === undefined) return
    await browser.close()
    await server.stop()
    await rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  })
  beforeEach((context) => context.skip(executablePath === undefined, 'no Chromium is installed'))
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()))
    expect(problems.splice(0)).toEqual([])
  })
  const open = async () => {
    const context = await browser.newContext({ viewport: { width: 1200, height: 760 } })
    contexts.push(context)
    const page = await context.newPage()
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) problems.push(message.text())
    })
    await page.goto(server.url)
    return page
  }
  return {
    get url() {
      return server.url
    },
    open,
    async signUp(name) {
      const page = await open()
      await page.getByRole('button', { name: 'I am new here' }).click()
      await page.getByLabel('User name').fill(name)
      await page.getByLabel('Email').fill(`${name}@example.com`)
      await page.getByLabel('Password').fill(password)
      await page.getByLabel('First name').fill(name.replace(/^./, (letter) => letter.toUpperCase()))
      await page.getByLabel('Last name').fill('Test')
      await page.getByRole('button', { name: 'Create account' }).click()
      await page.getByText(`@${name}`).waitFor()
      return page
    },
    async demo(name) {
      const page = await open()
      page.on('dialog', (dialog) => dialog.accept(dialog.type() === 'prompt' ? 'It is rude.' : undefined))
      await signIn(page, name, 'antiphon-demo')
      await isIn(page, name)
      return page
    },
    async restart(meanwhile) {
      await server.stop()
      await meanwhile()
      server = await start()
    },
    async mailedLink(to, kind) {
      const pattern = new RegExp(`"to":"${to}"(?!.*"to":"${to}".*#/${kind}/).*?http\\S+?/(#/${kind}/[\\w.-]+)`, 's')
      const [, link = ''] = (await server.printed?.(pattern)) ?? []
      return `${server.url}/${link}`
    },
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export async function signIn(page: Page, name: string, secret = password): Promise<void> {
  await page.getByLabel('User name or email').fill(name)
  await page.getByLabel('Password').fill(secret)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** The texts of all messages that are shown. */
export const bodies = (page: Page) => page.locator('.body').allTextContents()

/** A message that is shown, by its text. */
export const message = (page: Page, text: string) => page.locator('.message', { hasText: text }).last()

/** Opens what can be done with a message, and does it. */
export async function actOn(page: Page, text: string, act: string): Promise<void> {
  await message(page, text).getByRole('button', { name: 'Actions' }).click()
  await message(page, text).getByRole('button', { name: act, exact: true }).click()
}

/** Waits until somebody is signed in. */
export async function isIn(page: Page, name: string): Promise<void> {
  await page.getByText(`@${name}`, { exact: true }).first().waitFor()
}

export async function signOut(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await page.getByLabel('User name or email').waitFor()
}

/** Opens a part of the profile page. */
export async function unfold(page: Page, part: string): Promise<void> {
  await page.locator('a[href="#/profile"]').click()
  await page.locator('details:not([open]) > summary').getByText(part, { exact: true }).click()
}

export async function write(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message', { exact: true }).fill(text)
  await page.getByLabel('Message', { exact: true }).press('Enter')
}

/** The code that an authenticator shows (RFC 6238); `ahead` of 1 is the next one, since each counts once. */
export function totp(secret: string, ahead = 0): string {
  const bits = [...secret.replaceAll(' ', '')]
    .map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'))
    .join('')
  const key = Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? [])
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead))
  const hash = createHmac('sha1', key).update(step).digest()
  const offset = (hash.at(-1) ?? 0) & 15
  return String((hash.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}
