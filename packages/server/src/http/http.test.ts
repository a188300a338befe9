import { createClient } from '@antiphon/client'
import pg from 'pg'
import superjson from 'superjson'
import { describe, expect, test } from 'vitest'
import { json, requester } from '../../test/http.ts'
import { codeOf, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'

const server = await startTestServer()
const { url, signUp } = server
const request = requester(url)

async function usersCount(): Promise<number> {
  const client = new pg.Client({ connectionString: server.databaseUrl })
  await client.connect()
  const { rows } = await client.query('select count(*)::int as count from users').finally(() => client.end())
  return rows[0].count
}

const newUser = { userName: 'curl', email: 'curl@example.com', password: 'correct horse' }

/** The same bad input by both roads: status and code are one. */
const badInput: [string, string, unknown, number, string, string | undefined][] = [
  ['malformed JSON', 'users.signUp', '{"userName":', 400, 'MALFORMED_REQUEST', undefined],
  ['an unknown procedure', 'users.signup', newUser, 404, 'UNKNOWN_PROCEDURE', undefined],
  ['a procedure of the prototype', 'constructor', {}, 404, 'UNKNOWN_PROCEDURE', undefined],
  ['wrong types', 'users.signUp', { ...newUser, userName: 5 }, 400, 'INVALID_INPUT', 'userName'],
  ['an oversized body', 'users.signUp', { ...newUser, firstName: 'x'.repeat(1_100_000) }, 413, 'TOO_LARGE', undefined],
  ['five thousand levels', 'users.signUp', `${'['.repeat(5_000)}${']'.repeat(5_000)}`, 413, 'TOO_LARGE', undefined],
  [
    'a duplicate user name',
    'users.signUp',
    { ...newUser, userName: 'Present', email: 'x@example.com' },
    409,
    'USER_NAME_TAKEN',
    'userName',
  ],
]

describe.each(badInput)('%s', (_what, path, input, status, code, field) => {
  test('is refused with its code at /api/v1 and at /trpc, and nothing is written', async () => {
    await signUp('present').catch(() => {})
    const before = await usersCount()
    const rest = await request(`/api/v1/${path}`, json(input))
    expect(rest.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(rest).toMatchObject({ status, body: { status, code, requestId: expect.stringMatching(/^req_/) } })
    const envelope = typeof input === 'string' ? (code === 'TOO_LARGE' ? `{"json":${input}}` : input) : { json: input }
    const rpc = await request(`/trpc/${path}`, json(envelope))
    expect(rpc).toMatchObject({ status, body: { error: { json: { data: { code, httpStatus: status } } } } })
    if (field !== undefined) {
      expect(rest.body.fields[0].path).toBe(field)
      expect(rest.body.detail + JSON.stringify(rest.body.fields)).toContain(field)
      expect(rpc.body.error.json.data.fields[0].path).toBe(field)
    }
    expect(rest.body.detail.length).toBeGreaterThan(10)
    expect(await usersCount()).toBe(before)
  })
})

describe('bad calls of a member', () => {
  test.each([
    [
      'a bad cursor',
      (roomId: string) => ({ path: 'messages.list', input: { roomId, cursor: '!!' } }),
      'BAD_CURSOR',
      'cursor',
    ],
    [
      '4,001 characters',
      (roomId: string) => ({ path: 'messages.send', input: { roomId, body: 'x'.repeat(4_001) } }),
      'BODY_TOO_LONG',
      'body',
    ],
    [
      'an id of another kind',
      () => ({ path: 'messages.list', input: { roomId: newId('user') } }),
      'INVALID_INPUT',
      'roomId',
    ],
  ])('%s', async (_what, call, code, field) => {
    const { client, token } = await signUp()
    const room = await client.messages.rooms.create({ name: 'Room' })
    const { path, input } = call(room.id)
    const { status, body } = await request(`/api/v1/${path}`, json(input, token))
    expect([status, body.code, body.fields[0].path]).toEqual([400, code, field])
    expect((await client.messages.since({ roomId: room.id, after: 0 })).lastSeq).toBe(1)
  })

  test.each(['x', 'Basic abc', `Bearer ${newId('device')}.${'a'.repeat(43)}`, 'Bearer '])(
    'the token %j',
    async (authorization) => {
      const { status, body } = await request('/api/v1/users.me', { method: 'POST', headers: { authorization } })
      expect([status, body.code]).toEqual([401, 'TOKEN_INVALID'])
    },
  )
})

test('what is not JSON in UTF-8 is refused, not altered', async () => {
  const { client, token } = await signUp()
  const room = await client.messages.rooms.create({ name: 'Bytes' })
  const body = Buffer.from(
    JSON.stringify({ roomId: room.id, body: 'caf?' }).replace('?', String.fromCharCode(0xe9)),
    'latin1',
  )
  const send = (headers: Record<string, string>) =>
    request('/api/v1/messages.send', {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${token}`, ...headers },
    })
  expect(await send({ 'content-type': 'application/json' })).toMatchObject({
    status: 400,
    body: { code: 'MALFORMED_REQUEST' },
  })
  for (const type of ['application/json; charset=iso-8859-1', 'application/json;charset="utf-16"']) {
    expect((await send({ 'content-type': type })).status).toBe(415)
  }
  expect((await send({ 'content-type': 'application/json', 'content-encoding': 'gzip' })).status).toBe(415)
  expect((await client.messages.since({ roomId: room.id, after: 0 })).lastSeq).toBe(1)
})

test('a large input of a stranger costs little, and is refused', { retry: 2 }, async () => {
  const keys = JSON.stringify(Object.fromEntries(Array.from({ length: 90_000 }, (_, at) => [at, 1])))
  await request('/api/v1/users.get', json(keys))
  const start = performance.now()
  for (const path of ['users.get', 'users.signIn', 'users.signOut']) {
    expect((await request(`/api/v1/${path}`, json(keys))).status).toBeGreaterThanOrEqual(400)
  }
  expect(performance.now() - start).toBeLessThan(500)
})

test('errors of HTTP itself have the house form', async () => {
  for (const path of ['/trpc/%', '/nowhere', '/api/v1/%E0%A4%A']) {
    const { status, headers, body } = await request(path)
    expect(status).toBeGreaterThanOrEqual(400)
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(body).toMatchObject({ status, code: expect.any(String), requestId: expect.stringMatching(/^req_/) })
  }
})

test('answers of the API are not to be kept', async () => {
  expect((await request('/api/v1/users.me')).headers.get('cache-control')).toBe('no-store')
})

test('a room that is locked for long costs its calls only: 503, and the server stays ready', async () => {
  const { client, token } = await signUp()
  const [busy, free] = [
    await client.messages.rooms.create({ name: 'Busy' }),
    await client.messages.rooms.create({ name: 'Free' }),
  ]
  const locking = new pg.Client({ connectionString: server.databaseUrl })
  await locking.connect()
  await locking.query('begin')
  await locking.query('select 1 from rooms where id = $1 for update', [busy.id])
  try {
    const impatient = createClient({ url, token, maxRetries: 0 }).messages.send.safe({
      roomId: busy.id,
      body: 'Anyone?',
    })
    expect((await request('/health/ready')).status).toBe(200)
    await client.messages.send({ roomId: free.id, body: 'Here' })
    expect(await impatient).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE', status: 503 } })
  } finally {
    await locking.query('rollback')
    await locking.end()
  }
}, 20_000)

test('nobody acts for another: the header Antiphon-As is refused', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const headers = { authorization: `Bearer ${ann.token}`, 'antiphon-as': bob.user.id }
  const { status, body } = await request('/api/v1/users.me', { method: 'POST', headers })
  expect([status, body.code]).toEqual([403, 'NOT_ALLOWED'])
})

describe('tRPC', () => {
  test('answers a batch call by call', async () => {
    const { token } = await signUp()
    const input = { 0: { json: null, meta: { values: ['undefined'] } }, 1: { json: { userName: 'nobody-here' } } }
    const { status, body } = await request('/trpc/users.me,users.get?batch=1', json(input, token))
    expect(status).toBe(207)
    expect(body[0].result.data.json.userName).toMatch(/^person/)
    expect(body[1].error.json.data.code).toBe('NOT_FOUND')
  })

  test('refuses batches of more than twenty calls', async () => {
    const paths = Array.from({ length: 21 }, () => 'users.me').join(',')
    const { status, body } = await request(`/trpc/${paths}?batch=1`, json({}))
    expect(status).toBe(413)
    expect(body.error.json.data.code).toBe('TOO_LARGE')
  })

  test('drops referential equalities of stock clients', async () => {
    const { token } = await signUp()
    const shared = { name: 'Shared', extra: [{}] as unknown[] }
    shared.extra.push(shared.extra[0])
    const serialized = superjson.serialize(shared)
    expect(serialized.meta?.referentialEqualities).toBeDefined()
    expect((await request('/trpc/messages.rooms.create', json(serialized, token))).status).toBe(200)
  })
})

test('no error of ours speaks of what is inside', async () => {
  const { antiphon, databaseUrl } = server
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('alter table messages rename to messages_hidden_secret')
  const { client: sdk, token } = await signUp()
  const room = await sdk.messages.rooms.create({ name: 'Broken' })
  try {
    const rest = await request('/api/v1/messages.list', json({ roomId: room.id }, token))
    const rpc = await request('/trpc/messages.list', json({ json: { roomId: room.id } }, token))
    for (const { status, body } of [rest, rpc]) {
      expect(status).toBe(500)
      expect(JSON.stringify(body)).not.toMatch(/messages_hidden|relation|select|stack|node_modules/)
      expect(JSON.stringify(body)).toMatch(/"code":"INTERNAL"/)
      expect(JSON.stringify(body)).toMatch(/req_\w{26}/)
    }
    const error = await sdk.messages.list.safe({ roomId: room.id })
    expect(error).toMatchObject({
      ok: false,
      error: { code: 'INTERNAL', status: 500, requestId: expect.stringMatching(/^req_/) },
    })
  } finally {
    await client.query('alter table messages_hidden_secret rename to messages')
    await client.end()
  }
  expect(
    (await antiphon.caller({ userId: (await sdk.users.me()).id }).messages.list({ roomId: room.id })).items,
  ).toEqual([])
})

describe('health', () => {
  test('is live and ready', async () => {
    expect(await request('/health')).toMatchObject({ status: 200, body: { live: true, ready: true, problems: {} } })
    expect(await request('/health/live')).toMatchObject({ status: 200, body: { live: true } })
    expect(await request('/health/ready')).toMatchObject({ status: 200, body: { ready: true } })
  })
})

test('every answer names its request and the version of the server', async () => {
  const { headers } = await request('/health/live')
  expect(headers.get('x-request-id')).toMatch(/^req_/)
  expect(headers.get('antiphon-version')).toMatch(/^\d+\.\d+\.\d+/)
})

test('the server cannot be reached: the SDK says so', async () => {
  const nowhere = createClient({ url: 'http://127.0.0.1:9', token: 'x', timeoutMs: 3_000 })
  expect(await codeOf(nowhere.users.signIn({ identifier: 'a', password: 'b' }))).toBe('NETWORK')
})
