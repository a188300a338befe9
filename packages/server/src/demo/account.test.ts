import { afterAll, expect, test } from 'vitest'
import { createTestDatabase } from '../../test/database.ts'
import { testSecret } from '../../test/server.ts'
import { openAntiphon } from '../app.ts'
import { findUser } from '../users/store.ts'
import { ensureDemoZoom } from './account.ts'
import { demoUser, ensureDemo } from './demo.ts'

const database = await createTestDatabase({ keep: true })
afterAll(() => database.drop())

/** A process that serves the demo. */
async function serveDemo() {
  const opened = await openAntiphon({ database: database.url, secret: testSecret })
  await ensureDemo(opened)
  const { url } = await opened.antiphon.listen({ port: 0 })
  const zoom = await ensureDemoZoom(opened, url)
  const ann = await findUser(opened.db, { userName: demoUser })
  const { providers } = opened.antiphon.caller({ userId: ann!.id }).sessions
  const close = async () => {
    await opened.antiphon.close()
    await zoom?.server.close()
  }
  return { zoom, providers, close }
}

test('all processes of a database have one Zoom, also after a start at another port', async () => {
  const first = await serveDemo()
  const second = await serveDemo()
  expect([first.zoom === undefined, second.zoom === undefined]).toEqual([false, true])
  const { items } = await first.providers.list({})
  expect(items).toMatchObject([{ name: 'Demo Zoom', state: 'ok', heardAt: expect.any(Date), hasDefaultPasscode: true }])
  expect(JSON.stringify(items)).not.toContain(first.zoom!.server.url)
  const [{ id: connectionId }] = items as [(typeof items)[number]]
  expect(await second.providers.check({ connectionId })).toMatchObject({ state: 'ok' })
  await Promise.all([first.close(), second.close()])
  const later = await serveDemo()
  expect(later.zoom?.server.url).not.toBe(first.zoom!.server.url)
  expect((await later.providers.list({})).items).toMatchObject([{ id: connectionId, state: 'ok' }])
  expect(await later.providers.check({ connectionId })).toMatchObject({ state: 'ok' })
  await later.close()
}, 60_000)
