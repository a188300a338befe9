import { rm } from 'node:fs/promises'
import { type AntiphonClient, createClient, type EventRange, type RoomId } from '@antiphon/client'
import { expect, onTestFinished, test } from 'vitest'
import { codeOf } from '../calls.ts'
import { temporaryDirectory } from '../temporary.ts'
import { serve } from './command.ts'

const each = 1_000
const atOnce = 20

/** Sends `each` messages, some at a time, every tenth of them twice; returns what was acknowledged, body by number. */
async function sendAll(client: AntiphonClient, roomId: RoomId, name: string): Promise<Map<number, string>> {
  const acknowledged = new Map<number, string>()
  let next = 0
  const worker = async () => {
    while (next < each) {
      const at = next++
      const message = { roomId, body: `${name} ${at}`, clientId: `${name}-${at}` }
      const calls = Array.from({ length: at % 10 === 0 ? 2 : 1 }, () => client.messages.send(message))
      const answers = await Promise.all(calls)
      expect(new Set(answers.map(({ seq }) => seq)).size).toBe(1)
      expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
      for (const { seq, body } of answers) acknowledged.set(seq, body)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return acknowledged
}

/** Everything in a room, range by range, checked for gaps on the way. */
async function readAll(client: AntiphonClient, roomId: RoomId) {
  const events: EventRange['events'] = []
  let last = 0
  for (;;) {
    const range = await client.messages.since({ roomId, after: last })
    expect(range.from).toBe(last)
    events.push(...range.events)
    last = range.to
    if (range.to === range.lastSeq) break
  }
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: last }, (_, at) => at + 1))
  return events.flatMap((event) => (event.kind === 'message.sent' ? [event.message] : []))
}

test('two people exchange 1,000 messages each way at once; nothing is lost, doubled or reordered, also over kill -9', async () => {
  const data = await temporaryDirectory()
  onTestFinished(() => rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  const first = await serve(data)
  onTestFinished(() => void first.child.kill('SIGKILL'))

  const signUp = async (userName: string) => {
    const anyone = createClient({ url: first.url })
    const { user, token } = await anyone.users.signUp({
      userName,
      email: `${userName}@example.com`,
      password: 'correct horse',
    })
    return { user, token, client: createClient({ url: first.url, token }) }
  }
  const [ann, bob, stranger] = [await signUp('ann'), await signUp('bob'), await signUp('stranger')]
  const { id: roomId } = await ann.client.messages.rooms.direct({ userId: bob.user.id })

  const sent = await Promise.all([sendAll(ann.client, roomId, 'ann'), sendAll(bob.client, roomId, 'bob')])
  const acknowledged = new Map(sent.flatMap((map) => [...map]))
  expect(acknowledged.size).toBe(2 * each)

  const check = async (url: string) => {
    const forAnn = await readAll(createClient({ url, token: ann.token }), roomId)
    const forBob = await readAll(createClient({ url, token: bob.token }), roomId)
    expect(new Map(forAnn.map(({ seq, body }) => [seq, body]))).toEqual(acknowledged)
    expect(new Set(forAnn.map(({ body }) => body)).size).toBe(2 * each)
    expect(forBob.map(({ seq, body }) => [seq, body])).toEqual(forAnn.map(({ seq, body }) => [seq, body]))
    for (const name of ['ann', 'bob']) {
      const clientIds = (name === 'ann' ? forAnn : forBob).map(({ clientId }) => clientId).filter((id) => id !== null)
      expect(clientIds).toHaveLength(each)
    }
  }
  await check(first.url)
  expect(await codeOf(stranger.client.messages.since({ roomId, after: 0 }))).toBe('NOT_FOUND')
  expect(await codeOf(stranger.client.messages.send({ roomId, body: 'Hello?' }))).toBe('NOT_FOUND')

  const late = [...Array.from({ length: 50 }, (_, at) => ann.client.messages.send({ roomId, body: `late ${at}` }))].map(
    (call) =>
      call.then(
        ({ seq, body }) => acknowledged.set(seq, body),
        () => {},
      ),
  )
  await Promise.race(late)
  first.child.kill('SIGKILL')
  await Promise.all([first.ended, ...late])

  const second = await serve(data)
  const found = await readAll(createClient({ url: second.url, token: bob.token }), roomId)
  const bodies = new Map(found.map(({ seq, body }) => [seq, body]))
  for (const [seq, body] of acknowledged) expect(bodies.get(seq)).toBe(body)
  second.child.kill('SIGTERM')
  expect(await second.ended).toBe(0)
}, 120_000)
