import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { password, unfold, useHouse, write } from './harness.fixture.ts'

const house = useHouse()

async function act(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name }).first().click()
}

/** Whom a person has in a list of the friends page. */
const listed = (page: Page, list: string) => page.getByRole('region', { name: list, exact: true }).last()

test('asks, accepts, sees who is there, writes, blocks and unblocks', async () => {
  const [jana, kurt] = [await house.signUp('jana'), await house.signUp('kurt')]
  for (const page of [jana, kurt]) {
    page.on('dialog', (dialog) => dialog.accept())
    await page.getByRole('link', { name: 'Friends' }).click()
    await page.getByText('No friends here yet.').waitFor()
  }
  await jana.getByLabel('Find people').fill('kurt')
  await act(jana, 'Add friend: Kurt Test')
  await listed(jana, 'You asked').getByText('Kurt Test').waitFor()
  await act(jana, 'Withdraw: Kurt Test')
  await act(jana, 'Add friend: Kurt Test')
  await kurt.reload()
  await act(kurt, 'Accept: Jana Test')
  await listed(kurt, 'Friends').locator('.names').getByText('Jana Test').waitFor()
  await listed(kurt, 'Friends').getByText('Available').last().waitFor()
  await act(kurt, 'Write: Jana Test')
  await kurt.getByRole('heading', { name: 'Jana Test' }).waitFor()
  await write(kurt, 'There you are!')
  await jana.getByRole('link', { name: 'Kurt Test' }).waitFor()

  await jana.reload()
  await act(jana, 'Block: Kurt Test')
  await listed(jana, 'Blocked').getByText('Kurt Test').waitFor()
  await jana.getByRole('link', { name: 'Kurt Test' }).waitFor({ state: 'detached' })
  await jana.goto(kurt.url())
  await write(jana, 'Can you hear me?')
  await jana.getByText('Not sent. You block this person').waitFor()
  await jana.getByRole('link', { name: 'Friends' }).click()
  await act(jana, 'Unblock: Kurt Test')
  await jana.getByText('No friends here yet.').waitFor()
  await jana.getByRole('link', { name: 'Kurt Test' }).click()
  await write(jana, 'And now?')
  await kurt.locator('.body').getByText('And now?').waitFor()
  expect(await kurt.getByText('Can you hear me?').count()).toBe(0)
}, 60_000)

test('who removes their account stays as "Deleted user" in what they wrote', async () => {
  const [lara, milo] = [await house.signUp('lara'), await house.signUp('milo')]
  await lara.getByRole('link', { name: 'New conversation' }).click()
  await lara.getByLabel('Find people').fill('milo')
  await lara.getByRole('button', { name: 'Milo Test' }).click()
  await lara.getByLabel('Group name').fill('Duets')
  await lara.getByRole('button', { name: 'Create group' }).click()
  await milo.getByRole('link', { name: 'Duets' }).click()
  await write(milo, 'Farewell!')
  await lara.getByText('Milo Test').first().waitFor()
  await unfold(milo, 'Remove account')
  const end = milo.getByRole('form', { name: 'Remove account' })
  await end.getByLabel('Password').fill(password)
  await end.getByLabel('confirm').fill('milo')
  await end.getByRole('button').click()
  await milo.getByText('Your account has been removed.').waitFor()
  await lara.reload()
  await lara.locator('.sender').getByText('Deleted user').waitFor()
  await write(lara, 'Oh.')
  await lara.locator('.body').getByText('Oh.').waitFor()
}, 60_000)
