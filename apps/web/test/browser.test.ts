import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { bodies, useHouse, write } from './harness.fixture.ts'

const house = useHouse()

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
  const [dora, emil] = [await house.signUp('dora'), await house.signUp('emil')]
  await dora.getByRole('link', { name: 'New conversation' }).click()
  await dora.getByLabel('Find people').fill('EMI')
  await dora.getByRole('button', { name: 'Emil Test' }).first().click()
  await dora.getByRole('button', { name: 'Start conversation' }).click()
  await dora.getByRole('heading', { name: 'Emil Test' }).waitFor()
  await write(dora, 'Shall we?')
  await emil.getByRole('link', { name: 'Dora Test' }).click()
  await emil.locator('.body').getByText('Shall we?').waitFor()

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
}, 120_000)

test('what is wrong is shown at its field, and a reload keeps place and session', async () => {
  const page = await house.open()
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
  await page.getByRole('link', { name: 'Spring concert' }).click()
  await page.locator('.body').getByText('Seven it is.').waitFor()
  await page.reload()
  await page.locator('.body').getByText('Seven it is.').waitFor()
}, 60_000)
