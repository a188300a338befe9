import { expect, test } from 'vitest'
import { ProviderError } from '../../provider.ts'
import { errorOf, openZoom, options, problemOf as problemIn } from '../zoom.fixture.ts'
import { problemOf, refusals } from './problems.ts'

const now = Date.UTC(2030, 4, 6, 12)
const refuse = (status: number, json: unknown, headers: Record<string, string> = {}) =>
  problemOf({ status, json, headers: new Headers(headers) }, now)

test.each([
  [400, 124, 'unauthorized'],
  [401, 124, 'unauthorized'],
  [401, 201, 'unauthorized'],
  [400, 201, 'bug'],
  [401, 200, 'unauthorized'],
  [400, 200, 'forbidden'],
  [404, 300, 'notFound'],
  [400, 300, 'bug'],
  [404, 1001, 'notFound'],
  [400, 1010, 'notFound'],
  [404, 3001, 'notFound'],
  [400, 3001, 'notFound'],
  [400, 3002, 'conflict'],
  [400, 3003, 'forbidden'],
  [400, 3161, 'forbidden'],
  [404, 3301, 'notFound'],
  [400, 3322, 'notFound'],
  [400, 4700, 'forbidden'],
  [400, 4711, 'forbidden'],
  [401, 9_999, 'unauthorized'],
  [403, 9_999, 'forbidden'],
  [404, 2_300, 'notFound'],
  [408, 9_999, 'transient'],
  [409, 9_999, 'conflict'],
  [500, 9_999, 'transient'],
  [503, 9_999, 'transient'],
  [418, 9_999, 'bug'],
  [302, 9_999, 'bug'],
])('HTTP %i with code %i is %s', (status, code, kind) => {
  const error = refuse(status, { code, message: 'Token abc is secret.' })
  expect([error.problem.kind, error.message.includes('abc')]).toEqual([kind, false])
  expect(error.message).toMatch(/^Zoom|^The app at Zoom|^This user/)
  // Without a body, or with one of another form, the status says it.
  for (const json of [undefined, null, [], { code: 'x' }, { message: 1 }]) {
    expect(refuse(status, json)).toBeInstanceOf(ProviderError)
  }
})

test('every row of the table can be reached', () => {
  for (const [at, { status, code }] of refusals.entries()) {
    const first = refusals.findIndex(
      (row) => [undefined, status].includes(row.status) && [undefined, code].includes(row.code),
    )
    expect(first).toBe(at)
  }
})

test('fields that Zoom does not accept, and scopes that it misses, are named', () => {
  const errors = [{ field: 'start_time', message: 'secret' }, { field: '<script>' }]
  expect(refuse(400, { code: 300, message: 'Validation Failed.', errors }).message).toBe(
    'Zoom does not accept what it was asked for: start_time.',
  )
  const message = 'Invalid access token, does not contain scopes:[meeting:read:meeting, meeting:read:meeting:admin].'
  expect(refuse(400, { code: 4711, message }).message).toBe(
    'The app at Zoom lacks a scope: meeting:read:meeting, meeting:read:meeting:admin.',
  )
})

test('too many in a second: it goes on when Zoom says, or soon', () => {
  const qps = { 'x-ratelimit-type': 'QPS' }
  const retryAt = (headers: Record<string, string>) => refuse(429, { code: 429 }, headers).problem
  const at = (ms: number) => ({ kind: 'rateLimited', retryAt: new Date(now + ms) })
  expect(retryAt({ ...qps, 'x-ratelimit-reset': String(now / 1_000 + 3) })).toEqual(at(3_000))
  expect(retryAt({ ...qps, 'retry-after': '7' })).toEqual(at(7_000))
  for (const reset of ['', 'soon', '-1', '0', '1e999'])
    expect(retryAt({ ...qps, 'x-ratelimit-reset': reset }).kind).toBe('rateLimited')
  expect(retryAt({})).toEqual(at(1_000))
  expect(refuse(429, { code: 429, message: 'Too many concurrent requests.' }).problem).toEqual(at(1_000))
})

test('too many in a day: it goes on at the time that Zoom names, or at midnight UTC', () => {
  const daily = { 'x-ratelimit-type': 'Daily-limit' }
  const midnight = { kind: 'quota', resetAt: new Date('2030-05-07T00:00:00Z') }
  expect(refuse(429, {}, { ...daily, 'retry-after': '2030-05-06T18:30:00Z' }).problem).toEqual({
    kind: 'quota',
    resetAt: new Date('2030-05-06T18:30:00Z'),
  })
  for (const given of ['', 'tomorrow', '2030-05-05T00:00:00Z', '2099-01-01T00:00:00Z'])
    expect(refuse(429, {}, { ...daily, 'retry-after': given }).problem).toEqual(midnight)
  const message = 'You have exceeded the daily rate limit (100) of Meeting Create/Update API requests permitted.'
  expect(refuse(429, { code: 429, message }).problem).toEqual(midnight)
  expect(refuse(400, { code: 300, message }).problem).toEqual(midnight)
})

test('over HTTP: both limits, pages instead of data, broken data, too much of it, hanging up', async () => {
  const { zoom, server } = await openZoom()
  const id = String(server.createMeeting({ host: 'ann-id' }).id)
  const ask = () => problemIn(zoom.status!(id, options))
  await ask()
  const cases = [
    ['qps', 'rateLimited'],
    ['lockKey', 'rateLimited'],
    ['daily', 'quota'],
    ['perHost', 'quota'],
    [{ html: 200 }, 'transient'],
    [{ html: 404 }, 'transient'],
    [{ html: 502 }, 'transient'],
    [{ text: '{"id": 1, "top' }, 'transient'],
    [{ text: '' }, 'bug'],
    [{ text: 'null' }, 'bug'],
    [{ text: '{"id":{}}' }, 'bug'],
    [{ status: 500 }, 'transient'],
    ['endless', 'bug'],
    ['hangUp', 'transient'],
  ] as const
  for (const [fault, kind] of cases) {
    server.misbehave(({ path }) => (path.startsWith('/v2') ? fault : undefined))
    expect([fault, await ask()]).toMatchObject([fault, { kind }])
  }
  server.misbehave(() => ({ html: 503 }))
  expect((await errorOf(zoom.status!(id, options))).message).toBe(
    'Zoom answered with a page instead of data (HTTP 503).',
  )
  await server.close()
  expect(await ask()).toEqual({ kind: 'transient' })
})

test('a call ends when nobody waits for it', async () => {
  const { zoom, server } = await openZoom()
  await zoom.check(options)
  server.misbehave(() => ({ slowMs: 20_000 }))
  const since = performance.now()
  expect(await problemIn(zoom.status!('1', { signal: AbortSignal.timeout(50) }))).toEqual({ kind: 'transient' })
  expect(performance.now() - since).toBeLessThan(5_000)
})
