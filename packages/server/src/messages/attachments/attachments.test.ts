import type { MessagesSendInput, NewAttachment, RoomId, UploadId } from '@antiphon/client'
import { describe, expect, test, vi } from 'vitest'
import { fetchCopy, fold } from '../../../test/fold.ts'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { pictures, png, uploadOf } from '../../uploads/files.fixture.ts'

const { signUp, query } = await startTestServer()
const [ann, bob] = [await signUp('ann'), await signUp('bob')]
const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Room', memberIds: [bob.user.id] })
const { messages } = ann.client

const picture = { url: 'https://example.com/a.png', kind: 'image', width: 640, height: 480 } as const
const elsewhere = { ...picture, name: '', type: null, sizeBytes: null, uploadId: null }

const rowsOf = (id: UploadId) => query('select from uploads where id = $1', [id])
const isGone = (id: UploadId) => vi.waitFor(async () => expect(await rowsOf(id)).toEqual([]), 10_000)

describe('a message', () => {
  test('shows its attachments in their order, wherever it is read', async () => {
    const upload = await uploadOf(ann.client, pictures['image/gif'], 'dance.gif')
    const attachments: NewAttachment[] = [
      { uploadId: upload.id },
      { ...picture, name: 'Ä.png', type: 'IMAGE/PNG' },
      { url: 'https://example.com/b.pdf', kind: 'file' },
    ]
    const sent = await messages.send({ roomId, body: 'Look: sunset', attachments, clientId: 'look' })
    const { type, sizeBytes, url } = upload
    const shown = [
      { kind: 'gif', name: 'dance.gif', type, sizeBytes, width: 7, height: 5, url, uploadId: upload.id },
      { ...elsewhere, name: 'Ä.png', type: 'image/png' },
      { ...elsewhere, url: 'https://example.com/b.pdf', kind: 'file', width: null, height: null },
    ]
    expect(sent.attachments).toEqual(shown)
    const { seq } = sent
    const theirs = bob.client.messages
    const [{ items: listed }, { items: recent }, { items: found }, range] = await Promise.all([
      theirs.list({ roomId, limit: 1 }),
      theirs.recent({ limit: 1 }),
      theirs.search({ query: 'sunset' }),
      theirs.since({ roomId, after: seq - 1 }),
    ])
    const inRange = range.events.flatMap((event) =>
      event.kind === 'message.sent' && 'message' in event ? event.message : [],
    )
    for (const message of [await theirs.get({ roomId, seq }), listed[0], recent[0], found[0], inRange[0]])
      expect(message?.attachments).toEqual(shown)
    const exported = []
    for await (const item of theirs.rooms.export({ roomId })) if (item.kind === 'message') exported.push(item.message)
    for await (const item of ann.client.users.export()) if (item.kind === 'message') exported.push(item.message)
    expect(exported.filter((message) => message.seq === seq).map((message) => message.attachments)).toEqual([
      shown,
      shown,
    ])
    const again = await messages.send({ roomId, body: 'Look: sunset', attachments, clientId: 'look' })
    expect(again).toMatchObject({ seq, duplicate: true, attachments: shown })
    const others = { roomId, body: 'Look: sunset', attachments: attachments.toReversed(), clientId: 'look' }
    expect(await codeOf(messages.send(others))).toBe('CLIENT_ID_REUSED')
  })

  test('comes by the stream, and is folded to what is there', async () => {
    let copy = await fetchCopy(bob, roomId)
    const { id } = await uploadOf(ann.client)
    const { seq } = await messages.send({ roomId, attachments: [{ uploadId: id }] })
    await messages.edit({ roomId, seq, body: 'Now with words' })
    copy = fold(copy, await bob.client.messages.since({ roomId, after: copy.seq })).copy
    expect(copy.messages.get(seq)).toMatchObject({ body: 'Now with words', attachments: [{ uploadId: id }] })
    await messages.remove({ roomId, seq })
    copy = fold(copy, await bob.client.messages.since({ roomId, after: copy.seq })).copy
    expect(copy.messages.get(seq)).toMatchObject({ body: '', attachments: [] })
    expect(copy.messages).toEqual((await fetchCopy(bob, roomId)).messages)
  })

  test('may have no text with attachments, also after an edit, and none without', async () => {
    const { seq, body } = await messages.send({ roomId, attachments: [picture] })
    expect(body).toBe('')
    await messages.edit({ roomId, seq, body: 'Words' })
    expect((await messages.edit({ roomId, seq, body: '' })).body).toBe('')
    const inputs: MessagesSendInput[] = [{ roomId }, { roomId, body: ' ' }, { roomId, attachments: [] }]
    for (const input of inputs) expect(await codeOf(messages.send(input))).toBe('BODY_EMPTY')
    const { seq: plain } = await messages.send({ roomId, body: 'Words' })
    expect(await codeOf(messages.edit({ roomId, seq: plain, body: '' }))).toBe('BODY_EMPTY')
  })

  test('sent to a person takes them along', async () => {
    const sent = await messages.send({ recipientUserName: 'bob', attachments: [picture] })
    expect(sent.attachments).toEqual([elsewhere])
  })
})

describe('refused are', () => {
  const send = (...attachments: NewAttachment[]) => codeOf(messages.send({ roomId, body: 'x', attachments }))

  test('more than ten, and one upload twice', async () => {
    expect(await send(...Array(11).fill(picture))).toBe('TOO_MANY_ATTACHMENTS')
    expect((await messages.send({ roomId, attachments: Array(10).fill(picture) })).attachments).toHaveLength(10)
    const { id: uploadId } = await uploadOf(ann.client)
    expect(await send({ uploadId }, { uploadId })).toBe('TOO_MANY_ATTACHMENTS')
  })

  test('uploads that are not there, another’s, not complete, or gone', async () => {
    const { id: theirs } = await uploadOf(bob.client)
    expect(await send({ uploadId: newId('upload') })).toBe('UPLOAD_UNKNOWN')
    expect(await send({ uploadId: theirs })).toBe('UPLOAD_UNKNOWN')
    const { id: uploadId } = await ann.client.uploads.begin({ name: 'x', type: 'text/plain', sizeBytes: 1 })
    expect(await send({ uploadId })).toBe('UPLOAD_INCOMPLETE')
    await ann.client.uploads.abort({ uploadId })
    expect(await send({ uploadId })).toBe('UPLOAD_UNKNOWN')
  })

  test.each([
    { ...picture, url: 'http://example.com/a.png' },
    { ...picture, url: 'javascript:alert(1)' },
    { ...picture, url: 'https://ann:secret@example.com/' },
    { ...picture, url: 'https://' },
    { ...picture, url: 'https://example.com\\@evil.example' },
    { ...picture, url: `https://example.com/${'x'.repeat(2_000)}` },
    { ...picture, width: 0 },
    { ...picture, height: 100_001 },
    { ...picture, type: 'no type' },
    { url: picture.url, kind: 'image' } as unknown as NewAttachment,
    { ...picture, kind: 'video' } as unknown as NewAttachment,
    { uploadId: newId('room') } as unknown as NewAttachment,
    { ...picture, uploadId: newId('upload') } as unknown as NewAttachment,
  ])('%j', async (attachment) => {
    expect(await send(attachment)).toBe('INVALID_INPUT')
  })
})

describe('in a batch', () => {
  test('each message has its own, or is rejected by itself', async () => {
    const [{ id: one }, { id: two }, { id: theirs }] = [
      await uploadOf(ann.client),
      await uploadOf(ann.client),
      await uploadOf(bob.client),
    ]
    const { id: open } = await ann.client.uploads.begin({ name: 'x', type: 'text/plain', sizeBytes: 1 })
    const items = [
      { clientId: 'b1', attachments: [{ uploadId: one }, picture] },
      { clientId: 'b2', attachments: [{ uploadId: theirs }] },
      { clientId: 'b3', attachments: [{ uploadId: open }] },
      { clientId: 'b4', attachments: Array(11).fill(picture) },
      { clientId: 'b5', body: 'Both', attachments: [{ uploadId: one }, { uploadId: two }] },
      { clientId: 'b6' },
    ].map((item) => ({ roomId, ...item }))
    const outcome = async () =>
      (await messages.sendBatch({ items })).map((result) => ('code' in result ? result.code : result.status))
    const refused = ['UPLOAD_UNKNOWN', 'UPLOAD_INCOMPLETE', 'TOO_MANY_ATTACHMENTS']
    expect(await outcome()).toEqual(['sent', ...refused, 'sent', 'BODY_EMPTY'])
    expect(await outcome()).toEqual(['duplicate', ...refused, 'duplicate', 'BODY_EMPTY'])
    const { items: listed } = await bob.client.messages.list({ roomId, limit: 2 })
    expect(listed.map(({ attachments }) => attachments.map(({ uploadId }) => uploadId))).toEqual([
      [one, two],
      [one, null],
    ])
    expect(await codeOf(ann.client.uploads.abort({ uploadId: one }))).toBe('UPLOAD_IN_USE')
    const atomic = await messages.sendBatch({ items: items.slice(0, 2), mode: 'atomic' })
    expect(atomic).toMatchObject([{ status: 'duplicate' }, { status: 'rejected', code: 'UPLOAD_UNKNOWN' }])
  })
})

describe('the bytes go', () => {
  const use = async (room: RoomId) => {
    const { id } = await uploadOf(ann.client, png())
    const { seq } = await messages.send({ roomId: room, attachments: [{ uploadId: id }] })
    return { id, seq }
  }

  test('with the last message that shows them', async () => {
    const { id, seq } = await use(roomId)
    const again = await messages.send({ roomId, attachments: [{ uploadId: id }] })
    await messages.remove({ roomId, seq })
    expect((await bob.client.uploads.download(id)).status).toBe(200)
    await vi.waitFor(async () => {
      const [row] = await query<{ due: Date | null }>('select due_at as due from uploads where id = $1', [id])
      expect(row?.due).toBeNull()
    }, 10_000)
    await messages.remove({ roomId, seq: again.seq })
    await isGone(id)
    // A retry of what was sent does not bring it back.
    expect((await messages.get({ roomId, seq })).attachments).toEqual([])
  })

  test('with the room', async () => {
    const room = await ann.client.messages.rooms.create({ name: 'Short' })
    const { id } = await use(room.id)
    await ann.client.messages.rooms.remove({ roomId: room.id })
    await isGone(id)
  })

  test('when the message is past the retention of the room', async () => {
    const room = await ann.client.messages.rooms.create({ name: 'Forgetful' })
    const { id } = await use(room.id)
    await ann.client.messages.rooms.update({ roomId: room.id, retentionDays: 1 })
    await query(`update messages set sent_at = now() - interval '2 days' where room_id = $1`, [room.id])
    await query(`select graphile_worker.add_job('sweep')`)
    await isGone(id)
  })

  test('with their owner, unless others have them', async () => {
    const kim = await signUp()
    const [{ id: unused }, { id: shared }] = [await uploadOf(kim.client), await uploadOf(kim.client)]
    const direct = await kim.client.messages.rooms.direct({ userId: bob.user.id })
    await kim.client.messages.send({ roomId: direct.id, attachments: [{ uploadId: shared }] })
    const open = await kim.client.uploads.begin({ name: 'x', type: 'text/plain', sizeBytes: 1 })
    await kim.client.users.remove({ password: `password of ${kim.user.userName}` })
    await isGone(unused)
    await isGone(open.id)
    expect((await bob.client.uploads.download(shared)).status).toBe(200)
  })
})
