import { expect, test } from 'vitest'
import { createMemoryTokens } from './api/tokens.ts'
import { openZoom, options, problemOf } from './zoom.fixture.ts'
import { createZoom } from './zoom.ts'

test('an account is found with its name, scopes, plan and limits', async () => {
  const { zoom, server } = await openZoom()
  expect(await zoom.check(options)).toMatchObject({
    ...{ accountName: 'Choir', missingScopes: [], hasDashboard: true },
    limits: { light: { perSecond: 80 }, heavy: { perDay: 60_000 } },
  })
  server.setPlan('pro')
  expect(await zoom.check(options)).toMatchObject({ hasDashboard: false, limits: { light: { perSecond: 30 } } })
  expect(zoom.snapshotEveryMs!()).toBe(30_000)
})

test('what an app lacks is named; what goes without it goes', async () => {
  const { server, settings } = await openZoom({ scopes: ['user:read:admin', 'meeting:read:admin'] })
  const zoom = createZoom(settings)
  expect(await zoom.check(options)).toMatchObject({
    ...{ accountName: 'Choir', scopes: ['user:read:admin', 'meeting:read:admin'], hasDashboard: false },
    missingScopes: [
      ...['meeting:write:meeting:admin', 'meeting:update:meeting:admin', 'meeting:update:status:admin'],
      ...['meeting:delete:meeting:admin', 'cloud_recording:read:list_recording_files:admin'],
      'cloud_recording:delete:recording_file:admin',
    ],
  })
  server.setScopes([
    'meeting:write:master',
    'recording:read:admin',
    'cloud_recording:delete:recording_file:master',
    'meeting:read:admin',
  ])
  server.expireTokens()
  expect((await createZoom({ ...settings, tokens: createMemoryTokens() }).check(options)).missingScopes).toEqual([
    'user:read:user:admin',
    'user:read:list_users:admin',
  ])
  server.setScopes(['meeting:read:admin'])
  server.expireTokens()
  const { id } = server.createMeeting({ host: 'ann-id' })
  expect(await problemOf(zoom.end!(String(id), options))).toEqual({ kind: 'forbidden' })
  server.setScopes([])
  server.expireTokens()
  expect(await createZoom(settings).check(options)).toMatchObject({ accountName: null, scopes: [] })
})

test('scopes are asked for again where another process got the token', async () => {
  const { settings, paths } = await openZoom()
  await createZoom(settings).check(options)
  expect((await createZoom(settings).check(options)).missingScopes).toEqual([])
  expect(paths('/oauth')).toHaveLength(2)
})
