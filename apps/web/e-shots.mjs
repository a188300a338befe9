import { chromium } from 'playwright-core'
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
const url = 'http://localhost:4177'
const shoot = async (name, { who, hash, width = 1200, scheme = 'light', act }) => {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: scheme })
  const page = await context.newPage()
  page.on('pageerror', (e) => console.log('PAGEERROR', e.message))
  page.on('dialog', (d) => d.accept())
  await page.goto(url)
  await page.getByLabel('User name or email').fill(who)
  await page.getByLabel('Password').fill('antiphon-demo')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText(`@${who}`, { exact: true }).first().waitFor()
  await page.goto(url + '/' + hash)
  await page.waitForTimeout(900)
  if (act) await act(page)
  await page.waitForTimeout(500)
  await page.screenshot({ path: `/tmp/e/${name}.png` })
  const over = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
  if (over) console.log(name, 'overflows')
  await context.close()
}
const month = (back) => { const n = new Date(); return new Date(Date.UTC(n.getUTCFullYear(), n.getUTCMonth() - back, 1)).toISOString().slice(0, 7) }
const closed = month(2), open = month(1)
const unfold = async (page) => { await page.locator('details:not([open]) > summary').first().click() }
const all = {
  accounts: { who: 'ann', hash: '#/royalties', act: unfold },
  accountsPhone: { who: 'ann', hash: '#/royalties', width: 390, scheme: 'dark', act: unfold },
  open: { who: 'ann', hash: `#/royalties/${open}` },
  closed: { who: 'ann', hash: `#/royalties/${closed}`, act: async (page) => { await page.locator('li details > summary').first().click(); await page.waitForTimeout(500); await page.getByRole('button', { name: /^Trace/ }).first().click(); await page.waitForTimeout(300); await page.locator('li details').first().scrollIntoViewIfNeeded() } },
  closedPhone: { who: 'ann', hash: `#/royalties/${closed}`, width: 390, scheme: 'dark', act: async (page) => { await page.getByRole('button', { name: 'Compare' }).click(); await page.waitForTimeout(300); await page.locator('li details > summary').first().click() } },
  bob: { who: 'bob', hash: '#/royalties', act: async (page) => { await page.locator('li details > summary').first().click() } },
  bobPhone: { who: 'bob', hash: '#/royalties', width: 390, act: async (page) => { await page.locator('li details > summary').first().click() } },
  cleo: { who: 'cleo', hash: '#/royalties', scheme: 'dark' },
}
for (const [name, how] of Object.entries(all)) if (process.argv.length < 3 || process.argv.includes(name)) await shoot(name, how)
await browser.close()
