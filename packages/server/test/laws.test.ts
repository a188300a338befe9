import { describeRouter, type Shape } from '@antiphon/codegen'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type ErrorCode, errorCodes } from '../src/errors.ts'
import { appRouter } from '../src/root.ts'
import { startTestServer } from './server.ts'

const { url, signUp } = await startTestServer()
const router = describeRouter(appRouter, { strict: true })
const procedures = [...router.procedures].map(([path, procedure]) => ({ path, ...procedure }))

async function post(path: string, body: string | undefined, headers: Record<string, string> = {}) {
  const request = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body }),
  }
  const response = await fetch(`${url}/api/v1/${path}`, request)
  return {
    status: response.status,
    body: await response.text().then((text) => (text === '' ? undefined : JSON.parse(text))),
  }
}

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/api/v1/${path}`, { headers })
  return { status: response.status, body: await response.json() }
}

describe.each(procedures)('$path', ({ path, type, meta, input, output }) => {
  const send = (body: string, headers?: Record<string, string>) =>
    type === 'subscription' ? get(path, headers) : post(path, body, headers)

  test('says what it does, who may call it and what can go wrong', () => {
    expect(meta.summary).toMatch(/^[A-Z].*\.$/)
    expect(meta.auth).toMatch(/^(anyone|caller|user|person)$/)
    for (const code of meta.errors ?? []) {
      expect(Object.keys(errorCodes)).toContain(code)
      expect(errorCodes[code as ErrorCode]).not.toHaveProperty('common')
    }
  })

  test('has an output, at most one input, and bounds on all that comes in', () => {
    expect(output).toBeDefined()
    expect(inputsOf(path).length).toBeLessThanOrEqual(1)
    if (input !== undefined) expect(unbounded(input, path)).toEqual([])
  })

  if (type === 'subscription' && meta.finite !== true) {
    test('is a stream without an end: /trpc has it, plain JSON has not, and strangers get none', async () => {
      expect(await get(path)).toMatchObject({ status: 405, body: { code: 'METHOD_NOT_ALLOWED' } })
      const response = await fetch(`${url}/trpc/${path}`, { headers: { accept: 'text/event-stream' } })
      const text = await response.text()
      expect(text).toContain('NOT_SIGNED_IN')
      expect(text).not.toContain('"kind"')
    })
    return
  }

  test('tells strangers to sign in, unless it is for anyone', async () => {
    const { status, body } = await send('{}')
    if (meta.auth === 'anyone') expect(status).not.toBe(401)
    else expect([status, body.code]).toEqual([401, 'NOT_SIGNED_IN'])
  })

  test('refuses a token that is none', async () => {
    const { status, body } = await send('{}', { authorization: 'Bearer dev_nonsense.x' })
    if (meta.auth === 'anyone') expect(status).not.toBe(401)
    else expect([status, body.code]).toEqual([401, 'TOKEN_INVALID'])
  })

  test('answers malformed input with 400 and the place', async () => {
    const { token } = await signUp()
    const headers = { authorization: `Bearer ${token}` }
    if (type === 'subscription') {
      expect(await get(`${path}?nonsense=1`, headers)).toMatchObject({
        status: 400,
        body: { code: 'MALFORMED_REQUEST' },
      })
      return
    }
    expect(await post(path, '{"half":', headers)).toMatchObject({ status: 400, body: { code: 'MALFORMED_REQUEST' } })
    if (input === undefined) return
    for (const wrong of ['"text"', '[]', '7', 'null']) {
      const answer = await post(path, wrong, headers)
      expect([wrong, answer.status, answer.body.code]).toEqual([wrong, 400, 'INVALID_INPUT'])
      expect(answer.body.fields.length).toBeGreaterThan(0)
    }
  })

  test('is called by the method of its type only', async () => {
    const get = await fetch(`${url}/trpc/${path}`)
    if (type === 'mutation') expect(get.status).toBe(405)
    expect((await fetch(`${url}/trpc/${path}`, { method: 'DELETE' })).status).toBeGreaterThanOrEqual(400)
    for (const contentType of [
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/octet-stream',
      'application/x-www-form-urlencoded',
    ]) {
      const response = await fetch(`${url}/trpc/${path}`, {
        method: 'POST',
        headers: { 'content-type': contentType },
        body: '{}',
      })
      expect([contentType, response.status]).toEqual([contentType, 415])
    }
  })
})

const definition = z.object({ inputs: z.array(z.unknown()) })

function inputsOf(path: string): unknown[] {
  const procedure = Object.entries(appRouter._def.procedures).find(([name]) => name === path)?.[1]
  return definition.parse(procedure !== undefined && '_def' in procedure ? procedure._def : undefined).inputs
}

/** The places of an input where a caller could send any amount. */
function unbounded(shape: Shape, place: string): string[] {
  switch (shape.kind) {
    case 'string':
      return shape.maxLength === undefined ? [place] : []
    case 'number':
    case 'bigint':
      return shape.maximum === undefined || shape.minimum === undefined ? [place] : []
    case 'array':
      return [...(shape.maxItems === undefined ? [place] : []), ...unbounded(shape.element, `${place}[]`)]
    case 'object':
      return shape.fields.flatMap((field) => unbounded(field.shape, `${place}.${field.name}`))
    case 'union':
      return shape.members.flatMap((member) => unbounded(member, place))
    case 'ref': {
      const target = router.shapes.get(shape.name)
      return target === undefined ? [`${place}: ${shape.name} is missing`] : unbounded(target, place)
    }
    case 'templateLiteral':
    case 'boolean':
    // Bounded by its type; what the database cannot hold is refused as INVALID_INPUT.
    case 'date':
    case 'enum':
    case 'literal':
    case 'null':
    case 'undefined':
      return []
    default:
      return [`${place}: ${shape.kind} has no rule here`]
  }
}
