import { describe, expect, test } from 'vitest'
import { json, requester } from '../../test/http.ts'
import { startTestServer } from '../../test/server.ts'

const { url, signUp } = await startTestServer()
const request = requester(url)

describe('plain JSON', () => {
  test('takes and gives dates and ids as text, and nothing as 204', async () => {
    const { token, user } = await signUp()
    const me = await request('/api/v1/users.me', json('', token))
    expect(me.body).toEqual(JSON.parse(JSON.stringify(user)))
    expect((await request('/api/v1/users.signOut', json('', token))).status).toBe(204)
  })

  test('answers queries by GET with flat parameters', async () => {
    const { client, token, user } = await signUp()
    const room = await client.messages.rooms.create({ name: 'By GET' })
    const headers = { authorization: `Bearer ${token}` }
    expect((await request('/api/v1/users.me', { headers })).body.id).toBe(user.id)
    expect((await request(`/api/v1/users.get?userName=${user.userName}`, { headers })).body.id).toBe(user.id)
    const range = await request(`/api/v1/messages.since?roomId=${room.id}&after=0&limit=5`, { headers })
    expect(range.body).toMatchObject({ from: 0, to: 1, lastSeq: 1 })
    const wrong = await request(`/api/v1/messages.since?roomId=${room.id}&after=many`, { headers })
    expect(wrong).toMatchObject({ status: 400, body: { code: 'INVALID_INPUT', fields: [{ path: 'after' }] } })
    const flood = Array.from({ length: 300 }, (_, at) => `p${at}=1`).join('&')
    expect((await request(`/api/v1/users.list?${flood}`, { headers })).status).toBe(400)
  })

  test('tells which method to use', async () => {
    const answer = await request('/api/v1/users.signOut')
    expect([answer.status, answer.body.code, answer.headers.get('allow')]).toEqual([405, 'METHOD_NOT_ALLOWED', 'POST'])
    const deleted = await request('/api/v1/users.me', { method: 'DELETE' })
    expect([deleted.status, deleted.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST'])
  })

  test('takes the header Idempotency-Key', async () => {
    const { client, token } = await signUp()
    const create = json({ name: 'By header' }, token)
    const init = { ...create, headers: { ...create.headers, 'idempotency-key': 'a key in the header' } }
    const [first, second] = [
      await request('/api/v1/messages.rooms.create', init),
      await request('/api/v1/messages.rooms.create', init),
    ]
    expect(second.body).toEqual(first.body)
    expect((await client.messages.rooms.list()).items).toHaveLength(1)
  })

  test('is described by OpenAPI 3.1 at /openapi.json', async () => {
    const { status, body } = await request('/openapi.json')
    expect(status).toBe(200)
    expect(body.openapi).toMatch(/^3\.1\.\d$/)
    expect(Object.keys(body.paths)).toContain('/api/v1/messages.send')
    expect(Object.keys(body.components.schemas)).toEqual(expect.arrayContaining(['Message', 'Room', 'User', 'Problem']))
    const refs = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/(\w+)\/([^"]+)"/g)]
    for (const [, part, name] of refs) expect(body.components[part!][name!], name).toBeDefined()
  })
})
