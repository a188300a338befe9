import { expect, onTestFinished, test } from 'vitest'
import { startZoomServer, type ZoomServerOptions } from './server.ts'

/** The server, and what somebody with a token hears from it. */
async function open(options: ZoomServerOptions = {}) {
  const server = await startZoomServer(options)
  onTestFinished(() => server.close())
  server.addUser({ id: 'ann-id', email: 'ann@example.com' })
  const { accountId, clientId, clientSecret } = server.app()
  const tokenFor = async (form: Record<string, string>, secret = clientSecret) => {
    const authorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`
    const body = new URLSearchParams(form)
    const response = await fetch(`${server.url}/oauth/token`, { method: 'POST', headers: { authorization }, body })
    return { status: response.status, body: (await response.json()) as Record<string, string> }
  }
  const grant = { grant_type: 'account_credentials', account_id: accountId }
  let token = (await tokenFor(grant)).body.access_token
  const renew = async () => {
    token = (await tokenFor(grant)).body.access_token
  }
  const call = async (method: string, path: string, body?: unknown) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${server.url}/v2${path}`, { method, headers, ...sent })
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
  const refusal = async (method: string, path: string, body?: unknown) => {
    const answer = await call(method, path, body)
    return [answer.status, answer.body?.code]
  }
  return { server, tokenFor, grant, renew, call, refusal }
}

test('it refuses what Zoom refuses', async () => {
  const { server, call, refusal } = await open()
  const { id } = server.createMeeting({ host: 'ann-id' })
  expect(await refusal('GET', '/nothing')).toEqual([404, 2300])
  expect(await refusal('POST', `/meetings/${id}`, {})).toEqual([405, 405])
  expect(await refusal('GET', '/meetings/1')).toEqual([404, 3001])
  expect(await refusal('GET', '/users/nobody@example.com')).toEqual([404, 1001])
  expect(await refusal('GET', '/users?page_size=301')).toEqual([400, 300])
  expect(await refusal('GET', '/users?next_page_token=old')).toEqual([400, 300])
  expect(await refusal('GET', '/metrics/meetings?type=live')).toEqual([400, 300])
  expect(await refusal('PUT', `/meetings/${id}/status`, { action: 'stop' })).toEqual([400, 300])
  const wrong = await call('PATCH', `/meetings/${id}`, { topic: 'x', title: 'y', settings: { lobby: true } })
  expect([wrong.status, wrong.body]).toMatchObject([
    400,
    { code: 300, message: 'Validation Failed.', errors: [{ field: 'settings.lobby' }, { field: 'title' }] },
  ])
  expect(await refusal('POST', '/users/ann-id/meetings', { password: 'elevenchars' })).toEqual([400, 300])
  server.start(id)
  expect(await refusal('DELETE', `/meetings/${id}`)).toEqual([400, 3002])
  server.end(id)
  expect(await refusal('PUT', `/meetings/${id}/status`, { action: 'end' })).toEqual([400, 3000])
  expect((await call('DELETE', `/meetings/${id}`)).status).toBe(204)
  server.setPlan('pro')
  expect(await refusal('GET', '/metrics/meetings?type=live&from=2030-01-01&to=2030-01-01')).toEqual([400, 200])
})

test('a uuid with slashes is known only when encoded twice', async () => {
  const { server, refusal } = await open()
  const { id } = server.createMeeting({ host: 'ann-id' })
  const uuid = '/ab//c=='
  server.start(id, { uuid })
  server.record(id, { bytes: new Uint8Array(1) })
  const once = encodeURIComponent(uuid)
  expect(await refusal('GET', `/meetings/${once}/recordings`)).toEqual([404, 3001])
  expect(await refusal('GET', `/meetings/${encodeURIComponent(once)}/recordings`)).toEqual([200, undefined])
})

test('tokens: who gets one, how long it holds, and what for', async () => {
  let now = Date.UTC(2030, 0, 1)
  const { server, tokenFor, grant, renew, refusal } = await open({ now: () => new Date(now), tokenSeconds: 60 })
  expect(await tokenFor(grant, 'wrong')).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  expect((await tokenFor({ ...grant, account_id: 'x' })).status).toBe(400)
  expect((await tokenFor({ ...grant, grant_type: 'password' })).status).toBe(400)
  expect(await refusal('GET', '/users/me')).toEqual([200, undefined])
  now += 61_000
  expect(await refusal('GET', '/users/me')).toEqual([401, 124])
  await renew()
  // A new token ends the one before.
  await tokenFor(grant)
  expect(await refusal('GET', '/users/me')).toEqual([401, 124])
  server.setScopes(['meeting:read:admin'])
  await renew()
  expect(await refusal('GET', '/users/me')).toEqual([400, 4711])
  expect(await refusal('GET', '/users/ann-id/meetings')).toEqual([200, undefined])
})

test('calls of a second and of a day are counted', async () => {
  let now = Date.UTC(2030, 0, 1, 12)
  const { server, call } = await open({ now: () => new Date(now), plan: 'free', tokenSeconds: 86_400 })
  const { id } = server.createMeeting({ host: 'ann-id' })
  const answers = []
  for (let count = 0; count < 5; count++) answers.push((await call('GET', `/meetings/${id}`)).status)
  expect(answers).toEqual([200, 200, 200, 200, 429])
  const { headers, body } = await call('GET', `/meetings/${id}`)
  expect([headers.get('x-ratelimit-category'), headers.get('x-ratelimit-type'), body.code]).toEqual([
    'Light',
    'QPS',
    429,
  ])
  expect(headers.get('x-ratelimit-reset')).toBe(String(now / 1_000 + 1))
  expect(headers.get('date')).toBe(new Date(now).toUTCString())
  for (let count = 0; count <= 1_000; count++) {
    now += 1_000
    const { status, headers } = await call('GET', '/metrics/meetings')
    if (status !== 429) continue
    expect([count, headers.get('x-ratelimit-type'), headers.get('retry-after')]).toEqual([
      ...[1_000, 'Daily-limit', '2030-01-02T00:00:00Z'],
    ])
  }
})

test('a link to join leads to a page that says where one is', async () => {
  const { server } = await open()
  const { id } = server.createMeeting({ host: 'ann-id', topic: '<Choir> & "more"' })
  const page = await fetch(`${server.url}/j/${id}?pwd=x`)
  expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
  const text = await page.text()
  expect(text).toContain('&lt;Choir&gt; &amp; &quot;more&quot;')
  expect(text).toContain("a room of the demo's Zoom")
  expect((await fetch(`${server.url}/j/1`)).status).toBe(404)
  expect((await fetch(`${server.url}/`)).status).toBe(404)
})
