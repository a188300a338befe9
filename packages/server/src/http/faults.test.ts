import { createClient } from '@antiphon/client'
import pino from 'pino'
import { afterAll, describe, expect, test } from 'vitest'
import { json, requester } from '../../test/http.ts'
import { startTestServer } from '../../test/server.ts'
import { startIssuer } from '../auth/issuer.fixture.ts'

/** In every fault below, and never in an answer. */
const canary = 'canary_of_the_inside'

const issuer = await startIssuer()
afterAll(() => issuer.stop())
const logged: string[] = []
const { url, signUp, query } = await startTestServer({
  issuers: [issuer.setting],
  log: pino({ level: 'warn' }, { write: (line) => void logged.push(line) }),
})
const request = requester(url)

interface Fault {
  /** SQL that breaks something. */
  breaks: string
  mends: string
  path: string
  input: object
}

const trigger = (table: string, act: string, code = 'P0001') => ({
  breaks: `create function fault() returns trigger language plpgsql as $$
      begin raise exception '${canary} %', new using errcode = '${code}'; end $$;
    create trigger fault before ${act} on ${table} for each row execute function fault()`,
  mends: `drop trigger fault on ${table}; drop function fault()`,
})
const renamed = (table: string) => ({
  breaks: `alter table ${table} rename to ${canary}`,
  mends: `alter table ${canary} rename to ${table}`,
})

const faults: Record<string, Fault> = {
  'who calls cannot be looked up': { ...renamed('devices'), path: 'users.me', input: {} },
  'a table is gone': { ...renamed('friendships'), path: 'users.friends.list', input: {} },
  'a query is wrong': {
    breaks: `alter table blocks rename column blocked_id to ${canary}`,
    mends: `alter table blocks rename column ${canary} to blocked_id`,
    ...{ path: 'users.blocks.list', input: {} },
  },
  'a write fails': { ...trigger('rooms', 'insert'), path: 'messages.rooms.create', input: { name: canary } },
  'the audit log takes nothing': { ...trigger('audit_log', 'insert'), path: 'users.signOut', input: {} },
  'the answers of retries cannot be kept': {
    ...trigger('idempotency_keys', 'insert'),
    ...{ path: 'messages.rooms.create', input: { name: 'x', idempotencyKey: canary } },
  },
  'a constraint quotes the row': {
    breaks: `alter table users add constraint ${canary} check (first_name <> '${canary}')`,
    mends: `alter table users drop constraint ${canary}`,
    ...{ path: 'users.update', input: { firstName: canary } },
  },
  'a row does not fit the answer': {
    breaks: `update users set user_name = '${canary} with blanks', user_name_key = id`,
    mends: `update users set user_name = id, user_name_key = id`,
    ...{ path: 'users.list', input: {} },
  },
  'a stored value cannot be read': {
    breaks: `insert into audit_log (action, details) values ('x', '{"of": ["${canary}"]}')`,
    mends: `alter table audit_log disable trigger audit_log_append_only; delete from audit_log where action = 'x';
      alter table audit_log enable trigger audit_log_append_only`,
    ...{ path: 'users.audit.list', input: {} },
  },
}

/** The same call by every road that gives an answer. */
async function answersOf({ path, input }: Fault, token: string) {
  const answers = [
    await request(`/api/v1/${path}`, json(input, token)),
    await request(`/trpc/${path}`, json({ json: input }, token)),
    await request(`/trpc/${path},${path}?batch=1`, json({ 0: { json: input }, 1: { json: input } }, token)),
  ]
  return answers.map(({ status, headers, body }) => ({
    status,
    code: body.code ?? (body[1] ?? body).error.json.data.code,
    requestId: body.requestId ?? (body[1] ?? body).error.json.data.requestId,
    text: JSON.stringify(body),
    headers: JSON.stringify([...headers]),
  }))
}

describe('a fault of the server tells nothing but its request id', () => {
  test.each(Object.entries(faults))('%s', async (_what, fault) => {
    const { token, user } = await signUp()
    await query(`update users set roles = '{admin}' where id = $1`, [user.id])
    logged.length = 0
    await query(fault.breaks)
    try {
      const answers = await answersOf(fault, token)
      for (const { status, code, requestId, text, headers } of answers) {
        expect([status, code]).toEqual([500, 'INTERNAL'])
        expect(requestId).toMatch(/^req_\w{26}$/)
        expect(text + headers).not.toMatch(
          /canary|relation|column|constraint|trigger|select |insert |plpgsql|zod|node_modules|\.ts|\bat /i,
        )
        expect(text).toContain('Something went wrong on the server. Quote the request id when you report it.')
        expect(logged.filter((line) => line.includes(requestId)).join()).toMatch(/a call failed/)
      }
      const sdk = createClient({ url, token, maxRetries: 0 })
      const name = fault.path.split('.').reduce<unknown>((tree, key) => (tree as Record<string, unknown>)[key], sdk)
      const result = await (name as { safe: (input: object) => Promise<{ ok: boolean; error: Error }> }).safe(
        fault.input,
      )
      expect(result).toMatchObject({ ok: false, error: { code: 'INTERNAL', status: 500 } })
      expect(`${result.error} ${JSON.stringify(result.error)} ${result.error.stack}`).not.toMatch(/canary/)
    } finally {
      await query(fault.mends)
    }
    const mended = await createClient({ url, token: (await signUp()).token }).users.me()
    expect(mended.id).toMatch(/^usr_/)
  })
})

describe('other faults are told in fixed words, too', () => {
  test('a value that the database refuses', async () => {
    const { token } = await signUp()
    const { breaks, mends } = trigger('rooms', 'insert', '22003')
    await query(breaks)
    const answers = await answersOf({ breaks, mends, path: 'messages.rooms.create', input: { name: 'x' } }, token)
    await query(mends)
    for (const { code, text } of answers) expect([code, text.includes(canary)]).toEqual(['INVALID_INPUT', false])
  })

  test('a database that is going down', async () => {
    const { token } = await signUp()
    const { breaks, mends } = trigger('rooms', 'insert', '57P01')
    await query(breaks)
    const answers = await answersOf({ breaks, mends, path: 'messages.rooms.create', input: { name: 'x' } }, token)
    await query(mends)
    for (const { code, text } of answers) expect([code, text.includes(canary)]).toEqual(['UNAVAILABLE', false])
  })

  test('an issuer that gives no keys', async () => {
    issuer.answer = (_request, response) => response.writeHead(500).end(canary)
    const token = await issuer.sign()
    const { status, body } = await request('/api/v1/users.me', json({}, token))
    issuer.answer = undefined
    expect([status, body.code]).toEqual([503, 'UNAVAILABLE'])
    expect(JSON.stringify(body)).not.toMatch(/canary|127\.0\.0\.1|jwks/)
  })
})

describe('a stream that breaks in the middle', () => {
  test('tells the same, and is not taken for whole', async () => {
    const { client, token } = await signUp()
    await client.messages.rooms.create({ name: 'Kept' })
    await query(`alter table messages rename to ${canary}`)
    try {
      const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' }
      const events = await (await fetch(`${url}/trpc/users.export`, { headers })).text()
      expect(events).toContain('"kind":"account"')
      expect(events).toMatch(/event: serialized-error\ndata: .*"INTERNAL"/)
      expect(events).not.toMatch(/canary|relation|stack/)
      expect(events).not.toContain('event: return')
      const plain = await fetch(`${url}/api/v1/users.export`, { headers })
      const read = plain.text()
      await expect(read).rejects.toThrow()
    } finally {
      await query(`alter table ${canary} rename to messages`)
    }
  })
})
