import { setTimeout as delay } from 'node:timers/promises'
import { createClient, type StreamEvent } from '@antiphon/client'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { type Person, startTestServer } from '../../test/server.ts'

const one = await startTestServer()
const two = await startTestServer({ database: one.databaseUrl })
vi.setConfig({ testTimeout: 40_000 })
const closing: (() => void)[] = []
afterAll(() => {
  for (const close of closing) close()
})

/** The open stream of a person, and whose presence it said is another. */
async function listen({ url }: { url: string }, { token }: Pick<Person, 'token'>, as?: Person) {
  const client = createClient({ url, token })
  const stream = (as === undefined ? client : client.as(as.user.id)).events.subscribe()
  closing.push(() => stream.close())
  const changed: string[] = []
  let isWelcome = false
  stream.onAny((event: StreamEvent) => {
    if (event.kind === 'welcome') isWelcome = true
    if (event.kind === 'presence.changed') changed.push(event.userId)
  })
  await vi.waitFor(() => expect(isWelcome).toBe(true), 5_000)
  return { stream, changed }
}

/** Ann, who listens, and Bob, who share a room; nobody has made a call for a while. */
async function pair() {
  const [ann, bob] = [await one.signUp(), await one.signUp()]
  await ann.client.messages.rooms.create({ name: 'Two', memberIds: [bob.user.id] })
  const { changed } = await listen(one, ann)
  await vi.waitFor(async () => {
    const rows = await one.query('select 1 from presences where user_id = $1 and seen_at is not null', [bob.user.id])
    expect(rows).toHaveLength(1)
  }, 10_000)
  await one.query('update presences set seen_at = null where user_id = $1', [bob.user.id])
  changed.length = 0
  const statusOf = async () => (await ann.client.users.presence.get({ userIds: [bob.user.id] }))[0]?.status
  return { ann, bob, changed, statusOf }
}

async function serviceKey() {
  const admin = await one.signUpAdmin()
  const scopes = ['events:read' as const, 'act-as' as const]
  const { apiKey, secret } = await admin.client.users.apiKeys.create({ name: 'S', kind: 'service', scopes })
  return { id: apiKey.id, token: secret }
}

describe.concurrent('presence by streams', () => {
  test('who opens a stream is there, and who closes the last one is not, on other instances too', async () => {
    const { bob, changed, statusOf } = await pair()
    expect(await statusOf()).toBe('offline')
    const his = await listen(two, bob)
    await vi.waitFor(() => expect(changed).toEqual([bob.user.id]), 3_000)
    expect(await statusOf()).toBe('available')
    const other = await listen(one, bob)
    his.stream.close()
    await delay(7_000)
    // Gone from the one instance, there on the other.
    expect(await statusOf()).toBe('available')
    changed.length = 0
    other.stream.close()
    await vi.waitFor(() => expect(changed).toEqual([bob.user.id]), 10_000)
    expect(await statusOf()).toBe('offline')
  })

  test('what people say of themselves is told; who says to be offline comes and goes unnoticed', async () => {
    const { bob, changed, statusOf } = await pair()
    await bob.client.users.presence.set({ status: 'busy', text: 'Rehearsal' })
    await vi.waitFor(() => expect(changed).toEqual([bob.user.id]), 3_000)
    expect(await statusOf()).toBe('busy')
    const own = await listen(one, bob)
    await bob.client.users.presence.set({ status: 'offline' })
    await vi.waitFor(() => expect(changed).toHaveLength(2), 3_000)
    expect(own.changed).toContain(bob.user.id)
    own.stream.close()
    const { stream } = await listen(two, bob)
    await delay(1_000)
    stream.close()
    await delay(7_000)
    expect(changed).toHaveLength(2)
  })

  test('a blocked person is told nothing, and a key that acts for somebody makes nobody present', async () => {
    const { ann, bob, changed } = await pair()
    await bob.client.users.blocks.add({ userId: ann.user.id })
    changed.length = 0
    await bob.client.users.presence.set({ status: 'away' })
    const { id, token } = await serviceKey()
    await listen(two, { token }, bob)
    await delay(2_000)
    expect([id, changed]).toEqual([id, []])
  })

  test('who blocks somebody sees other things at once: the stream says so', async () => {
    const [ann, bob] = [await one.signUp(), await one.signUp()]
    const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Two', memberIds: [bob.user.id] })
    const view = createClient({ url: two.url, token: ann.token }).events().room(roomId)
    closing.push(() => view.close())
    await bob.client.messages.send({ roomId, body: 'Before' })
    await vi.waitFor(() => expect(view.messages.map(({ body }) => body)).toEqual(['Before']), 5_000)
    await ann.client.users.blocks.add({ userId: bob.user.id })
    await vi.waitFor(() => expect(view.messages).toEqual([]), 5_000)
    await bob.client.messages.send({ roomId, body: 'After' })
    await delay(500)
    expect(view.messages).toEqual([])
    await ann.client.users.blocks.remove({ userId: bob.user.id })
    await vi.waitFor(() => expect(view.messages.map(({ body }) => body)).toEqual(['Before', 'After']), 5_000)
  })
})
