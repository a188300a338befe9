import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { useHouse } from './harness.fixture.ts'

const house = useHouse()

async function royaltiesOf(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Royalties', exact: true }).click()
  await page.getByRole('heading', { name: 'Royalties' }).waitFor()
}

const row = (page: Page, table: string, name: string) =>
  page.getByRole('table', { name: table }).getByRole('row', { name })

test('an accountant imports a file, puts a row right, settles a month, closes it, and pays', async () => {
  const page = await house.demo('ann')
  await royaltiesOf(page)
  const listeners = 'listener,plan\nL-99,premium\nL-98\n'
  const file = { name: 'more.csv', mimeType: 'text/csv', buffer: Buffer.from(listeners) }
  await page.locator('input[type=file]').setInputFiles(file)
  await page.getByRole('button', { name: 'Listeners and fees' }).click()
  await page.getByRole('button', { name: 'Import', exact: true }).click()
  const imported = page.locator('li', { hasText: 'more.csv' })
  await imported.getByText('done').waitFor()
  await imported.locator('summary').click()
  await imported.getByText(/^Line 3:/).waitFor()
  await imported.getByText('L-98').waitFor()
  await imported.getByRole('button', { name: 'Discard' }).click()
  await imported.getByText('All of them are dealt with.').waitFor()

  const streams = page.locator('li', { has: page.locator('summary') }).filter({ hasText: 'streams-' })
  await streams.locator('summary').click()
  await streams.getByText('L-99').waitFor()
  await streams.getByRole('button', { name: 'Try again' }).click()
  await streams.waitFor({ state: 'detached' })

  await page.getByRole('link', { name: /open/ }).click()
  await row(page, 'Report', 'Harbour Records').waitFor()
  const before = await row(page, 'Report', 'Harbour Records').textContent()
  await page.getByRole('button', { name: 'User-centric' }).click()
  await expect.poll(() => row(page, 'Report', 'Harbour Records').textContent()).not.toBe(before)
  await page.getByRole('button', { name: 'Compare' }).click()
  await row(page, 'Compare', 'Old Hall Editions').waitFor()
  expect(await row(page, 'Compare', 'Old Hall Editions').getByRole('cell').count()).toBe(3)

  await page.getByRole('button', { name: 'User-centric' }).click()
  await page.getByRole('button', { name: 'Settle: User-centric' }).click()
  await page.getByRole('button', { name: 'Close', exact: true }).click()
  const statement = page.locator('li', { has: page.locator('summary', { hasText: 'Harbour Records' }) })
  await statement.locator('summary').click()
  // What was not paid of the month before is in it.
  expect(await row(page, 'Statements', 'Opening balance').first().textContent()).toMatch(/[1-9]/)
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    statement.getByRole('button', { name: /CSV/ }).click(),
  ])
  expect(saved.suggestedFilename()).toMatch(/\.csv$/)
  await statement.getByRole('button', { name: 'Trace: Morning at the Pier' }).click()
  await statement
    .getByText(/^streams-.*, line \d+/)
    .first()
    .waitFor()
  await statement.getByLabel('Reference of the payment').fill('Transfer 7')
  await statement.getByRole('button', { name: 'Paid', exact: true }).click()
  await statement.getByText(/· paid /).waitFor()
}, 60_000)

test('a member sees what is of the label, a listener where their fee goes, and others nothing', async () => {
  const bob = await house.demo('bob')
  await royaltiesOf(bob)
  await row(bob, 'Report', 'Harbour Records').waitFor()
  expect(await bob.getByText('Old Hall Editions').count()).toBe(0)
  await bob.locator('li summary').last().click()
  await row(bob, 'Earnings', 'Two Lighthouses').getByText('50%').waitFor()
  expect(await bob.getByRole('button', { name: 'Paid', exact: true }).count()).toBe(0)

  await bob.goto(`${house.url}/#/royalties/2026-01`)
  await bob.getByText('Only who keeps the accounts sees this.').waitFor()

  const cleo = await house.demo('cleo')
  await royaltiesOf(cleo)
  await cleo.getByText('You paid €14.99').waitFor()
  await row(cleo, 'Where your fee goes', 'Old Hall Editions').waitFor()

  const gina = await house.signUp('gina')
  await royaltiesOf(gina)
  await gina.getByText('No fee of yours is known for this month.').waitFor()
}, 60_000)
