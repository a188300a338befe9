import { describeRouter, plainMethods } from '@antiphon/codegen'
import { beforeAll, describe, expect, test } from 'vitest'
import { startTestServer } from '../../test/server.ts'
import { appRouter } from '../root.ts'
import { openBrowser } from './browser.fixture.ts'

const { url, signUp, query } = await startTestServer({ allowedOrigins: ['https://app.example.com'] })
const router = describeRouter(appRouter, { strict: true })
const procedures = [...router.procedures].map(([path, procedure]) => ({ path, ...procedure }))
const mutations = procedures.filter(({ type }) => type === 'mutation')
const person = await signUp('person')
const cookie = `__Host-antiphon=${person.token}`

const contentTypes = [
  'application/json',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/octet-stream',
]

/** What a foreign page cannot leave behind: all rows of all tables that a mutation may write. */
async function everything() {
  const tables = await query<{ name: string }>(
    `select quote_ident(tablename) as name from pg_tables where schemaname = 'public' and tablename <> 'rate_limits'`,
  )
  const union = tables.map(
    ({ name }) =>
      `select '${name}' as name, md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from ${name} t`,
  )
  return query(`${union.join(' union all ')} order by 1`)
}

// What signing up leaves to be done later: the mail, and when the person was seen.
beforeAll(async () => {
  const deadline = Date.now() + 20_000
  const waiting =
    'select from graphile_worker._private_jobs union all select from users where id not in (select user_id from presences)'
  while ((await query(waiting)).length > 0 && Date.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, 200))
})

test('there are mutations to refuse', () => {
  expect(mutations.length).toBeGreaterThan(20)
})

describe.each(mutations)('$path with a cookie, from a foreign origin', ({ path, meta }) => {
  test.each(['https://evil.example', 'null'])(
    '%s: is refused in every content type, and leaves nothing',
    async (origin) => {
      const browser = openBrowser(url, { cookie })
      const before = await everything()
      for (const road of ['/api/v1', '/trpc'])
        for (const type of contentTypes) {
          const { status, body, setCookies } = await browser.call(
            `${road}/${path}`,
            {},
            { origin, 'content-type': type },
          )
          const code = body.code ?? body.error.json.data.code
          const expected = type === 'application/json' ? [403, 'ORIGIN_REFUSED'] : [415, 'UNSUPPORTED_MEDIA_TYPE']
          expect([road, type, status, code, setCookies]).toEqual([road, type, ...expected, []])
        }
      expect(await everything()).toEqual(before)
    },
  )

  test('nor without the header of the session: the cookie counts for nothing', async () => {
    const browser = openBrowser(url, { cookie })
    const headers = { origin: 'https://evil.example', 'antiphon-session': undefined }
    for (const road of ['/api/v1', '/trpc']) {
      const { body, setCookies, headers: given } = await browser.call(`${road}/${path}`, {}, headers)
      const code = body?.code ?? body?.error?.json.data.code
      // For anyone: as a stranger without the cookie, whose answer the page cannot read.
      if (meta.auth === 'anyone') expect(code).toBe('INVALID_INPUT')
      else expect(code).toBe('ORIGIN_REFUSED')
      expect([setCookies, given.get('access-control-allow-origin')]).toEqual([[], null])
    }
  })
})

test('no mutation is done by GET or HEAD', async () => {
  const before = await everything()
  for (const { path } of mutations) {
    expect(plainMethods(router.procedures.get(path)!, router.shapes)).toEqual(['POST'])
    for (const road of ['/api/v1', '/trpc']) {
      const { status } = await fetch(`${url}${road}/${path}`, { headers: { cookie } })
      expect([path, road, status]).toEqual([path, road, 405])
      // tRPC says to HEAD that it is there, whatever is asked.
      const head = await fetch(`${url}${road}/${path}`, { method: 'HEAD', headers: { cookie } })
      expect([path, road, head.status]).toEqual([path, road, road === '/trpc' ? 204 : 405])
    }
  }
  expect(await everything()).toEqual(before)
})

test('queries with a cookie are refused from a foreign origin, too', async () => {
  for (const { path, type, meta } of procedures.filter(({ type }) => type !== 'mutation')) {
    const isEndless = type === 'subscription' && meta.finite !== true
    const road = isEndless ? '/trpc' : '/api/v1'
    const headers = { cookie, 'antiphon-session': 'cookie', origin: 'https://evil.example' }
    const answer = await (await fetch(`${url}${road}/${path}`, { headers })).text()
    expect([path, answer]).toEqual([path, expect.stringContaining('ORIGIN_REFUSED')])
  }
})
