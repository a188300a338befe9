import type { StreamEvent } from '@antiphon/client'
import { createClient } from '@antiphon/client'
import { expect, test, vi } from 'vitest'
import { passwordOf, startTestServer } from '../../test/server.ts'

const one = await startTestServer()
const two = await startTestServer({ database: one.databaseUrl })

/** A stream of a person and what came through it. */
function listen(url: string, token: string) {
  const stream = createClient({ url, token }).events.subscribe()
  const frames: StreamEvent[] = []
  stream.onAny((frame) => frames.push(frame))
  return {
    stream,
    frames,
    welcomed: () => vi.waitFor(() => expect(frames.some(({ kind }) => kind === 'welcome')).toBe(true), 5_000),
  }
}

test('begins with where the rooms are, and brings what happens on any instance, in order', async () => {
  const [ann, bob] = [await one.signUp(), await one.signUp()]
  const room = await ann.client.messages.rooms.create({ name: 'Live', memberIds: [bob.user.id] })
  await ann.client.messages.send({ roomId: room.id, body: 'Before' })
  const { stream, frames, welcomed } = listen(two.url, bob.token)
  await welcomed()
  expect(frames[0]).toEqual({ kind: 'welcome', rooms: [{ roomId: room.id, lastSeq: 2 }], more: false })
  const bodies = Array.from({ length: 30 }, (_, at) => `Number ${at}`)
  for (const body of bodies) await ann.client.messages.send({ roomId: room.id, body })
  await vi.waitFor(() => {
    const events = frames.flatMap((frame) => (frame.kind === 'room.range' ? frame.events : []))
    expect(events.flatMap((event) => (event.kind === 'message.sent' ? [event.message.body] : []))).toEqual(bodies)
  }, 5_000)
  const ranges = frames.flatMap((frame) => (frame.kind === 'room.range' ? [frame] : []))
  let last = 2
  for (const range of ranges) {
    expect(range.from).toBe(last)
    last = range.to
  }
  expect(last).toBe(32)
  stream.close()
})

test('tells of rooms that one comes into, and of leaving', async () => {
  const [ann, bob] = [await one.signUp(), await one.signUp()]
  const { stream, frames, welcomed } = listen(two.url, bob.token)
  await welcomed()
  const room = await ann.client.messages.rooms.create({ name: 'New', memberIds: [bob.user.id] })
  await vi.waitFor(() => {
    expect(frames.some((frame) => frame.kind === 'room.range' && frame.roomId === room.id && frame.from === 0)).toBe(
      true,
    )
  }, 5_000)
  stream.close()
})

test('typing reaches the others of the room, on other instances too', async () => {
  const [ann, bob] = [await one.signUp(), await one.signUp()]
  const room = await ann.client.messages.rooms.create({ name: 'Typing', memberIds: [bob.user.id] })
  const [hers, his] = [listen(one.url, ann.token), listen(two.url, bob.token)]
  await Promise.all([hers.welcomed(), his.welcomed()])
  await ann.client.messages.typing({ roomId: room.id })
  const frame = { kind: 'room.typing', roomId: room.id, userId: ann.user.id, typing: true }
  await vi.waitFor(() => expect(his.frames).toContainEqual(frame), 5_000)
  expect(hers.frames).not.toContainEqual(frame)
  hers.stream.close()
  his.stream.close()
})

test('ends within five seconds when the token is revoked on another instance', async () => {
  const ann = await one.signUp()
  const { stream, welcomed } = listen(two.url, ann.token)
  await welcomed()
  const other = await one.anyone.users.signIn({
    identifier: ann.user.userName,
    password: passwordOf(ann.user.userName),
  })
  const since = Date.now()
  await createClient({ url: one.url, token: other.token }).users.devices.revoke({ others: true })
  await vi.waitFor(
    () => expect(stream.status).toMatchObject({ state: 'closed', reason: 'failed', error: { code: 'TOKEN_INVALID' } }),
    5_000,
  )
  expect(Date.now() - since).toBeLessThan(5_000)
})
