import type { UploadId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { type Person, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'
import { pictures, png, uploadOf } from './files.fixture.ts'

const { url, signUp, signUpAdmin } = await startTestServer()
const ann = await signUp()
const text = 'abcdefghij'
const plain = await ann.client.uploads.upload(Buffer.from(text), { name: 'Brief "für" dich.txt', type: 'text/plain' })
const picture = await uploadOf(ann.client)

async function read(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  as: string | undefined = ann.token,
) {
  const authorization = as === undefined ? {} : { authorization: `Bearer ${as}` }
  const answer = await fetch(url + path, { method, headers: { ...authorization, ...headers } })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}

/** The status that somebody gets. */
const statusFor = async ({ token }: Person, id: UploadId) => (await read(`/media/${id}`, {}, 'GET', token)).status

describe('ranges', () => {
  test.each([
    ['bytes=0-3', 206, 'abcd', 'bytes 0-3/10'],
    ['bytes=4-', 206, 'efghij', 'bytes 4-9/10'],
    ['bytes=-2', 206, 'ij', 'bytes 8-9/10'],
    ['bytes=-99', 206, text, 'bytes 0-9/10'],
    ['bytes=8-99', 206, 'ij', 'bytes 8-9/10'],
    ['bytes=9-9', 206, 'j', 'bytes 9-9/10'],
    ['bytes=10-', 416, '', 'bytes */10'],
    ['bytes=-0', 416, '', 'bytes */10'],
    ['bytes=5-2', 200, text, null],
    ['bytes=0-1,4-5', 200, text, null],
    ['bytes=', 200, text, null],
    ['lines=1-2', 200, text, null],
  ])('%s', async (range, status, body, contentRange) => {
    const answer = await read(plain.url, { range })
    expect([answer.status, answer.text, answer.headers.get('content-range')]).toEqual([status, body, contentRange])
    if (status !== 416) expect(answer.headers.get('content-length')).toBe(String(body.length))
    const head = await read(plain.url, { range }, 'HEAD')
    expect([head.status, head.text, head.headers.get('content-range')]).toEqual([status, '', contentRange])
    if (status !== 416) expect(head.headers.get('content-length')).toBe(answer.headers.get('content-length'))
  })

  test('count for the file that one knows alone', async () => {
    const etag = (await read(plain.url)).headers.get('etag') ?? ''
    expect((await read(plain.url, { range: 'bytes=0-1', 'if-range': etag })).status).toBe(206)
    for (const other of ['"another"', `W/${etag}`, 'Wed, 21 Oct 2026 07:28:00 GMT'])
      expect((await read(plain.url, { range: 'bytes=0-1', 'if-range': other })).status).toBe(200)
    const known = await read(plain.url, { 'if-none-match': `"x", ${etag}` })
    expect([known.status, known.text]).toEqual([304, ''])
  })
})

describe('what a browser is told', () => {
  test('of a picture: to show it, and to run nothing', async () => {
    for (const [type, bytes] of Object.entries(pictures)) {
      const upload = await ann.client.uploads.upload(bytes, { name: 'x', type })
      const { headers } = await read(upload.url)
      expect([headers.get('content-type'), headers.get('content-disposition')]).toEqual([type, 'inline; filename=x'])
    }
    const { headers } = await read(picture.url)
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-disposition': 'inline; filename=picture.png',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
      'cross-origin-resource-policy': 'same-origin',
      'accept-ranges': 'bytes',
    })
  })

  test.each([
    ['text/html', '<script>alert(1)</script>'],
    ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['text/plain', 'x'],
  ])('of %s: to keep it as a file', async (type, body) => {
    const upload = await ann.client.uploads.upload(Buffer.from(body), { name: 'page.html', type })
    const { headers } = await read(upload.url)
    expect(headers.get('content-disposition')).toBe('attachment; filename=page.html')
    expect(headers.get('content-security-policy')).toContain('sandbox')
  })

  test('its name, in any script', async () => {
    const { headers } = await read(plain.url)
    const disposition = headers.get('content-disposition')
    expect(disposition).toBe(
      `attachment; filename="Brief \\"f?r\\" dich.txt"; filename*=UTF-8''Brief%20%22f%C3%BCr%22%20dich.txt`,
    )
  })
})

describe('who reads', () => {
  test('nobody without a token, nor by a cookie from elsewhere', async () => {
    expect((await read(plain.url, {}, 'GET', '')).status).toBe(401)
    const cookie = `__Host-antiphon=${ann.token}`
    const byCookie = (headers: Record<string, string>) =>
      fetch(url + plain.url, { headers: { cookie, ...headers } }).then(({ status }) => status)
    expect(await byCookie({})).toBe(200)
    expect(await byCookie({ 'sec-fetch-site': 'same-origin' })).toBe(200)
    expect(await byCookie({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await byCookie({ origin: 'https://evil.example' })).toBe(403)
  })

  test('what is not there and what is not theirs look the same', async () => {
    const stranger = await signUpAdmin()
    const bodies = []
    for (const path of [plain.url, `/media/${newId('upload')}`, '/media/upl_x', '/media/..%2f..%2fetc%2fpasswd']) {
      const { status, text } = await read(path, {}, 'GET', stranger.token)
      const { requestId: _, ...body } = JSON.parse(text)
      bodies.push([status, body])
    }
    expect(new Set(bodies.map((body) => JSON.stringify(body))).size).toBe(1)
    expect(bodies[0]?.[0]).toBe(404)
  })

  test('who sees a message that shows it, as long as they do', async () => {
    const [bob, eve, late] = [await signUp(), await signUp(), await signUp()]
    const { rooms } = ann.client.messages
    const room = await rooms.create({ name: 'Shared', memberIds: [bob.user.id] })
    const { id } = await uploadOf(ann.client)
    expect(await statusFor(bob, id)).toBe(404)
    const { seq } = await ann.client.messages.send({ roomId: room.id, attachments: [{ uploadId: id }] })
    expect([await statusFor(bob, id), await statusFor(eve, id)]).toEqual([200, 404])
    await rooms.members.add({ roomId: room.id, userIds: [late.user.id] })
    expect(await statusFor(late, id)).toBe(200)
    // Who left keeps what they saw, and gets nothing later.
    await bob.client.messages.rooms.leave({ roomId: room.id })
    const { id: later } = await uploadOf(ann.client)
    await ann.client.messages.send({ roomId: room.id, attachments: [{ uploadId: later }] })
    expect([await statusFor(bob, id), await statusFor(bob, later), await statusFor(late, later)]).toEqual([
      200, 404, 200,
    ])
    await ann.client.messages.remove({ roomId: room.id, seq })
    for (const person of [ann, bob, late, eve]) expect(await statusFor(person, id)).toBe(404)
    await rooms.remove({ roomId: room.id })
    for (const person of [ann, bob, late, eve]) expect(await statusFor(person, later)).toBe(404)
  })

  test('not who came later to a room whose history is for those who were there', async () => {
    const late = await signUp()
    const room = await ann.client.messages.rooms.create({ name: 'Joined', history: 'joined' })
    const { id } = await uploadOf(ann.client)
    await ann.client.messages.send({ roomId: room.id, attachments: [{ uploadId: id }] })
    await ann.client.messages.rooms.members.add({ roomId: room.id, userIds: [late.user.id] })
    expect(await statusFor(late, id)).toBe(404)
    await ann.client.messages.send({ roomId: room.id, attachments: [{ uploadId: id }] })
    expect(await statusFor(late, id)).toBe(200)
  })

  test('not from whom one blocks, nor what was hidden from one', async () => {
    const [bob, eve] = [await signUp(), await signUp()]
    const { id: roomId } = await bob.client.messages.rooms.create({ name: 'Both', memberIds: [eve.user.id] })
    const { id } = await uploadOf(bob.client)
    await bob.client.messages.send({ roomId, attachments: [{ uploadId: id }] })
    expect(await statusFor(eve, id)).toBe(200)
    const direct = await bob.client.messages.rooms.direct({ userId: eve.user.id })
    await eve.client.users.blocks.add({ userId: bob.user.id })
    expect(await statusFor(eve, id)).toBe(404)
    const { id: hidden } = await uploadOf(bob.client)
    await bob.client.messages.send({ roomId: direct.id, attachments: [{ uploadId: hidden }] })
    await eve.client.users.blocks.remove({ userId: bob.user.id })
    expect([await statusFor(eve, id), await statusFor(eve, hidden), await statusFor(bob, hidden)]).toEqual([
      200, 404, 200,
    ])
  })

  test('not with a token that was revoked', async () => {
    const bob = await signUp()
    const { id } = await uploadOf(bob.client, png())
    await bob.client.users.signOut()
    expect(await statusFor(bob, id)).toBe(401)
  })
})
