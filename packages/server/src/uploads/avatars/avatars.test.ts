import { createClient } from '@antiphon/client'
import { describe, expect, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { png, uploadOf } from '../files.fixture.ts'

const { url: serverUrl, signUp, signUpAdmin, query } = await startTestServer()
const [ann, bob, eve] = [await signUp(), await signUp(), await signUp()]

const isGone = (id: string) =>
  vi.waitFor(async () => expect(await query('select from uploads where id = $1', [id])).toEqual([]), 10_000)

describe('of a user', () => {
  test('is set, seen by everybody, changed and taken away', async () => {
    expect(ann.user.avatarUrl).toBeNull()
    const { id, url } = await uploadOf(ann.client)
    expect(await codeOf(eve.client.uploads.download(id))).toBe('NOT_FOUND')
    expect((await ann.client.users.update({ avatar: id })).avatarUrl).toBe(url)
    expect((await ann.client.users.update({ avatar: id, firstName: 'Ann' })).avatarUrl).toBe(url)
    expect((await eve.client.users.get({ userId: ann.user.id })).avatarUrl).toBe(url)
    expect((await eve.client.users.list({ search: ann.user.userName })).items[0]?.avatarUrl).toBe(url)
    expect((await eve.client.uploads.download(id)).headers.get('content-type')).toBe('image/png')
    expect(await codeOf(ann.client.uploads.abort({ uploadId: id }))).toBe('UPLOAD_IN_USE')
    const { id: next, url: nextUrl } = await uploadOf(ann.client)
    expect((await ann.client.users.update({ avatar: next })).avatarUrl).toBe(nextUrl)
    await isGone(id)
    expect((await ann.client.users.update({ firstName: 'Anna' })).avatarUrl).toBe(nextUrl)
    expect((await ann.client.users.update({ avatar: null })).avatarUrl).toBeNull()
    expect((await ann.client.users.update({ avatar: null })).avatarUrl).toBeNull()
    await isGone(next)
  })

  test('is read by services, who read nothing else', async () => {
    const admin = await signUpAdmin()
    const [{ id }, { id: other }] = [await uploadOf(ann.client), await uploadOf(ann.client)]
    await ann.client.users.update({ avatar: id })
    const { secret } = await admin.client.users.apiKeys.create({ name: 's', kind: 'service', scopes: ['uploads:read'] })
    const service = createClient({ url: serverUrl, token: secret })
    expect((await service.uploads.download(id)).status).toBe(200)
    expect(await codeOf(service.uploads.download(other))).toBe('NOT_FOUND')
    await ann.client.users.update({ avatar: null })
  })

  test('goes with the account', async () => {
    const kim = await signUp()
    const { id } = await uploadOf(kim.client)
    await kim.client.users.update({ avatar: id })
    await kim.client.users.remove({ password: `password of ${kim.user.userName}` })
    expect((await ann.client.users.get({ userId: kim.user.id })).avatarUrl).toBeNull()
    await isGone(id)
  })

  test('is a picture of one’s own, complete and not too large', async () => {
    const [{ id: theirs }, { id: text }, { id: large }] = [
      await uploadOf(bob.client),
      await ann.client.uploads.upload(Buffer.from('text'), { type: 'text/plain' }),
      await uploadOf(ann.client, png(2, 2, 5 * 1_048_576)),
    ]
    const { id: open } = await ann.client.uploads.begin({ name: 'x', type: 'image/png', sizeBytes: 1 })
    const set = (avatar: `upl_${string}`) => codeOf(ann.client.users.update({ avatar }))
    expect(await set(theirs)).toBe('UPLOAD_UNKNOWN')
    expect(await set(newId('upload'))).toBe('UPLOAD_UNKNOWN')
    expect(await set(open)).toBe('UPLOAD_INCOMPLETE')
    expect(await set(text)).toBe('AVATAR_UNFIT')
    expect(await set(large)).toBe('AVATAR_UNFIT')
  })
})

describe('of a room', () => {
  test('is set by its administrators, told of, and seen by who is in it', async () => {
    const { rooms } = ann.client.messages
    const room = await rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
    expect(room.avatarUrl).toBeNull()
    const [{ id, url }, { id: theirs }] = [await uploadOf(ann.client), await uploadOf(bob.client)]
    expect(await codeOf(bob.client.messages.rooms.update({ roomId: room.id, avatar: theirs }))).toBe('ROLE_TOO_LOW')
    expect(await codeOf(rooms.update({ roomId: room.id, avatar: theirs }))).toBe('UPLOAD_UNKNOWN')
    expect((await rooms.update({ roomId: room.id, avatar: id })).avatarUrl).toBe(url)
    const { events, lastSeq } = await bob.client.messages.since({ roomId: room.id, after: 1 })
    expect(events).toMatchObject([{ kind: 'room.updated', room: { avatarUrl: url } }])
    await rooms.update({ roomId: room.id, avatar: id })
    expect((await bob.client.messages.since({ roomId: room.id, after: lastSeq })).events).toEqual([])
    expect((await bob.client.uploads.download(id)).status).toBe(200)
    expect(await codeOf(eve.client.uploads.download(id))).toBe('NOT_FOUND')
    await rooms.update({ roomId: room.id, access: 'open' })
    expect((await eve.client.uploads.download(id)).status).toBe(200)
    expect((await eve.client.messages.rooms.get({ roomId: room.id })).avatarUrl).toBe(url)
    await rooms.members.setRole({ roomId: room.id, userId: bob.user.id, role: 'admin' })
    // Saved as it is by somebody whose upload it is not.
    expect((await bob.client.messages.rooms.update({ roomId: room.id, avatar: id })).avatarUrl).toBe(url)
    await rooms.update({ roomId: room.id, access: 'closed' })
    await bob.client.messages.rooms.leave({ roomId: room.id })
    expect(await codeOf(bob.client.uploads.download(id))).toBe('NOT_FOUND')
    await rooms.update({ roomId: room.id, avatar: null })
    await isGone(id)
  })

  test('goes with the room, and outlives whose it was', async () => {
    const kim = await signUp()
    const room = await kim.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
    const { id } = await uploadOf(kim.client)
    await kim.client.messages.rooms.update({ roomId: room.id, avatar: id })
    await kim.client.users.remove({ password: `password of ${kim.user.userName}` })
    expect((await bob.client.uploads.download(id)).status).toBe(200)
    await bob.client.messages.rooms.remove({ roomId: room.id })
    await isGone(id)
  })
})
