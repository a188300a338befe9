import pino from 'pino'
import { describe, expect, test, vi } from 'vitest'
import { startTestServer, testSecret } from '../../test/server.ts'
import { createVault } from '../auth/vault.ts'
import { newId } from '../ids.ts'
import { signedUrlOf } from './signed.ts'

const allowed = 'https://app.example.com'
const lines: string[] = []
const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) })
const { url, signUp, query } = await startTestServer({ log, allowedOrigins: [allowed] })
const { client, token } = await signUp()
const file = { name: 'plan.bin', type: 'application/octet-stream', sizeBytes: 10 }
const body = '1234567890'

async function put(path: string, { method = 'PUT', headers = {}, text = body as string | null } = {}) {
  const answer = await fetch(url + path, { method, headers, body: text })
  const told = await answer.text()
  return { status: answer.status, code: told === '' ? undefined : JSON.parse(told).code, headers: answer.headers }
}

test('a signed address takes all bytes by one PUT, from nobody in particular', async () => {
  const { id, signedUrl } = await client.uploads.begin(file)
  expect(signedUrl).toMatch(new RegExp(`^/uploads/${id}\\?expires=\\d{13}&signature=[\\w-]{43}$`))
  const answer = await put(signedUrl)
  expect([answer.status, answer.headers.get('upload-offset')]).toEqual([204, '10'])
  // Again, as long as it is not complete.
  expect((await put(signedUrl, { text: '0987654321' })).status).toBe(204)
  expect((await put(signedUrl, { text: `${body}1` })).code).toBe('TOO_LARGE')
  await client.uploads.complete({ uploadId: id })
  expect(await put(signedUrl)).toMatchObject({ status: 409, code: 'UPLOAD_COMPLETE' })
  expect(await (await client.uploads.download(id)).text()).toBe('0987654321')
  await client.uploads.abort({ uploadId: id })
  expect(await put(signedUrl)).toMatchObject({ status: 404, code: 'NOT_FOUND' })
})

describe('SIGNATURE_INVALID', async () => {
  const [mine, other] = [await client.uploads.begin(file), await client.uploads.begin(file)]
  const [path = '', search = ''] = mine.signedUrl.split('?')
  const expires = Number(new URLSearchParams(search).get('expires'))
  const signature = new URLSearchParams(search).get('signature') ?? ''
  const changed = `${signature.slice(0, -2)}${signature.endsWith('AA') ? 'BA' : 'AA'}`
  const strange = newId('upload')
  test.each([
    ['of another upload', `${path}?${other.signedUrl.split('?')[1]}`],
    ['of an upload that there is not', `/uploads/${strange}?${search}`],
    ['with a changed signature', `${path}?expires=${expires}&signature=${changed}`],
    ['with no signature', `${path}?expires=${expires}&signature=`],
    ['with two signatures', `${path}?${search}&signature=${signature}`],
    ['with another end', `${path}?expires=${expires + 1}&signature=${signature}`],
    ['with no end', `${path}?signature=${signature}`],
    ['of another secret', signedUrlOf(createVault(`another ${testSecret}`), mine)],
    ['of no id', `/uploads/upl_x?${search}`],
  ])('%s', async (_what, address) => {
    expect(await put(address)).toMatchObject({ status: 403, code: 'SIGNATURE_INVALID' })
    // Nor does a token make up for it.
    const headers = { authorization: `Bearer ${token}` }
    expect(await put(address, { headers })).toMatchObject({ status: 403, code: 'SIGNATURE_INVALID' })
  })

  test.each(['HEAD', 'PATCH', 'DELETE'])('by %s', async (method) => {
    expect((await put(mine.signedUrl, { method, text: method === 'PATCH' ? body : null })).status).toBe(403)
  })

  test('after an hour', async () => {
    expect((await put(mine.signedUrl)).status).toBe(204)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_540_000 })
    expect((await put(mine.signedUrl)).status).toBe(204)
    vi.setSystemTime(Date.now() + 61_000)
    const late = await put(mine.signedUrl)
    vi.useRealTimers()
    expect(late).toMatchObject({ status: 403, code: 'SIGNATURE_INVALID' })
  })
})

test('pages of allowed origins may use one, others may not', async () => {
  const { signedUrl } = await client.uploads.begin(file)
  const leaveFor = async (origin: string) => {
    const headers = { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type' }
    return (await put(signedUrl, { method: 'OPTIONS', headers, text: null })).headers.get('access-control-allow-origin')
  }
  expect([await leaveFor(allowed), await leaveFor('https://evil.example')]).toEqual([allowed, null])
  const sent = await put(signedUrl, { headers: { origin: allowed, 'content-type': 'video/webm' } })
  expect([sent.status, sent.headers.get('access-control-allow-origin')]).toEqual([204, allowed])
})

test('the same call gives the same address, which neither log nor database has', async () => {
  const again = { ...file, idempotencyKey: 'signed once' }
  const [one, two] = [await client.uploads.begin(again), await client.uploads.begin(again)]
  expect(one.signedUrl).toBe(two.signedUrl)
  await put(one.signedUrl)
  await put(`${one.signedUrl}x`)
  const signature = one.signedUrl.split('signature=')[1] ?? ''
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.join('')).not.toContain(signature)
  expect(JSON.stringify(await query('select * from idempotency_keys'))).not.toContain(signature)
})
