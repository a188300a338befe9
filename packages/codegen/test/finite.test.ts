import { initTRPC } from '@trpc/server'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  buildContract,
  buildOpenApi,
  buildReference,
  describeRouter,
  generateSdk,
  isDownload,
  plainMethods,
} from '../src/index.ts'
import { appRouter, errorCodes, version } from './fixture/router.ts'
import { createClient, isBookId, type LibraryClient } from './generated/library/index.ts'
import { problemsIn } from './openapiRules.ts'
import { startServer, type TestServer } from './server.ts'

describe('a stream that ends by itself', () => {
  let server: TestServer
  let client: LibraryClient
  beforeEach(async () => {
    server = await startServer()
    client = createClient({ url: server.url })
  })
  afterEach(() => server.close())

  test('ends its loop, and is finished', async () => {
    const stream = client.feeds.export({})
    const ids: string[] = []
    for await (const { bookId, at } of stream) ids.push(bookId, String(at.getTime()))
    expect(ids).toEqual(Array.from({ length: 50 }, (_, index) => [`bok_${index + 1}`, `${index + 1}`]).flat())
    expect(stream.status).toEqual({ state: 'closed', reason: 'finished' })
    expect(server.requests).toHaveLength(1)
  })

  test('goes on after the last item where the connection breaks', async () => {
    const ids: string[] = []
    for await (const { bookId } of client.feeds.export({ since: new Date(7) })) {
      ids.push(bookId)
      if (bookId === 'bok_15') server.cut()
    }
    expect(ids).toEqual(Array.from({ length: 50 }, (_, index) => `bok_${index + 1}`))
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual([
      undefined,
      expect.stringMatching(/^1[5-9]$/),
    ])
  })

  test('fails rather than begin anew where its items have no ids', async () => {
    for (const end of ['cut', 'end'] as const) {
      await server.close()
      server = await startServer((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write('event: connected\ndata: {}\n\ndata: {"json":3}\n\ndata: {"json":2}\n\n')
        setTimeout(() => (end === 'cut' ? response.destroy() : response.end()), 50)
        return true
      })
      const stream = createClient({ url: server.url }).feeds.countdown()
      const counts: number[] = []
      const loop = async () => {
        for await (const count of stream) counts.push(count)
      }
      await expect(loop()).rejects.toMatchObject({ code: 'NETWORK', message: expect.stringContaining('broke off') })
      expect([counts, server.requests.length]).toEqual([[3, 2], 1])
      expect(stream.status).toMatchObject({ state: 'closed', reason: 'failed' })
    }
  })

  test('is begun again where nothing came yet', async () => {
    await server.close()
    server = await startServer((_request, response, count) => {
      if (count === 1) response.destroy()
      return count === 1
    })
    const counts: number[] = []
    for await (const count of createClient({ url: server.url }).feeds.countdown()) counts.push(count)
    expect(counts).toEqual([3, 2, 1])
  })
})

const t = initTRPC.meta<{ auth?: string; scope?: string; event?: z.ZodType; finite?: boolean }>().create()
const { procedure } = t
const event = z.object({ at: z.date() }).meta({ id: 'Entry' })
const endless = procedure.meta({ event })
const finite = procedure.meta({ event, finite: true, auth: 'caller', scope: 'log:read' })
async function* nothing() {}
const router = t.router({
  all: finite.subscription(nothing),
  deep: finite.input(z.object({ a: z.array(z.object({ b: z.int() })) })).subscription(nothing),
  endless: endless.subscription(nothing),
  get: procedure
    .meta({ finite: true })
    .output(z.void())
    .query(() => {}),
  rates: finite.input(z.record(z.string(), z.number())).subscription(nothing),
  some: finite.input(z.object({ since: z.date() })).subscription(nothing),
})
const described = describeRouter(router)

test('how procedures are called as plain JSON', () => {
  const methods = [...described.procedures].map(([path, each]) => [path, plainMethods(each, described.shapes).join()])
  expect(Object.fromEntries(methods)).toEqual({
    all: 'GET',
    deep: 'POST',
    endless: '',
    get: 'GET,POST',
    rates: 'GET,POST',
    some: 'GET',
  })
  expect([...described.procedures].filter(([, each]) => isDownload(each)).map(([path]) => path)).toEqual([
    'all',
    'deep',
    'rates',
    'some',
  ])
  expect(described.procedures.get('all')?.meta.finite).toBe(true)
})

test('the contract says so, and what scope API keys need', () => {
  const { procedures } = buildContract(described, { version })
  const finites = Object.entries(procedures).flatMap(([path, { finite }]) => (finite === true ? [path] : []))
  expect(finites).toEqual(['all', 'deep', 'rates', 'some'])
  expect(procedures.all).toMatchObject({ auth: 'caller', scope: 'log:read' })
  expect(procedures.get).not.toHaveProperty('scope')
})

test('OpenAPI has it as a list too', () => {
  const document = JSON.parse(JSON.stringify(buildOpenApi(described, { title: 'A', version })))
  expect(problemsIn(document)).toEqual([])
  const operations = Object.entries<Record<string, { operationId: string }>>(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId }]) => `${method} ${path} ${operationId}`),
  )
  expect(operations).toEqual([
    'get /api/v1/all all_get',
    'get /trpc/all all',
    'post /api/v1/deep deep_post',
    'get /trpc/deep deep',
    'get /trpc/endless endless',
    'get /api/v1/get get_get',
    'post /api/v1/get get',
    'post /api/v1/rates rates_post',
    'get /trpc/rates rates',
    'get /api/v1/some some_get',
    'get /trpc/some some',
  ])
  const { get } = document.paths['/api/v1/some']
  expect(get.parameters).toMatchObject([{ name: 'since', in: 'query', required: true }])
  expect(get.description).toBe('API keys need the scope `log:read`.')
  expect(get.responses['200'].content).toEqual({
    'application/json': { schema: { type: 'array', items: { $ref: '#/components/schemas/Entry' } } },
  })
  const fixture = buildOpenApi(describeRouter(appRouter), { title: 'Library', version, errorCodes })
  expect(problemsIn(JSON.parse(JSON.stringify(fixture)))).toEqual([])
})

test('the reference shows the download', () => {
  const text = buildReference(described, { serverUrl: 'https://a.b' }).get('general.md')
  expect(text).toContain('Subscription. It ends by itself, and is to be had as one list too. Users and services may')
  expect(text).toContain('API keys need the scope `log:read`.')
  expect(text).toContain('curl \'https://a.b/api/v1/all\' \\\n  -H "authorization: Bearer $TOKEN" \\\n  > all.json\n')
  expect(text).toContain('**Each item:** [`Entry`](shapes.md#Entry)')
  expect(text).toContain("curl 'https://a.b/api/v1/some?since=2026-")
  expect(text).toMatch(/curl 'https:\/\/a\.b\/api\/v1\/deep' \\\n.*\\\n.*\\\n {2}-d .* \\\n {2}> deep\.json\n/)
  expect(text).toContain("curl -N 'https://a.b/trpc/endless'")
  expect(text).toContain('for await (const item of client.all()) console.log(item)')
})

test.each([
  ['anyone', 'Anyone may call it, without a token.'],
  ['caller', 'Users and services may call it.'],
  ['user', 'Users may call it, and services that act for one.'],
  ['person', 'Only users who signed in themselves may call it: no API keys, and nobody who acts for them.'],
  ['staff', 'Who may call it: `staff`.'],
])('the reference tells who may call: %s', (auth, sentence) => {
  const call = procedure
    .meta({ auth })
    .output(z.void())
    .query(() => {})
  const text = buildReference(describeRouter(t.router({ act: call }))).get('general.md')
  expect(text).toContain(`Query. ${sentence}\n`)
})

test('methods say that they end', () => {
  expect(generateSdk(described).get('client.ts')).toContain('Ends by itself: a loop over it ends after the last item.')
  expect(generateSdk(described).get('procedures.ts')).toContain(
    "all: { type: 'subscription', noInput: true, finite: true }",
  )
})

test('guards of ids look at the prefix only', () => {
  expect(['bok_1', 'bok_new form', 'mem_1', 'xbok_1', 5, null, undefined, ['bok_1']].map(isBookId)).toEqual([
    true,
    true,
    ...Array.from({ length: 6 }, () => false),
  ])
})
