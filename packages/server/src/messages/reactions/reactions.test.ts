import { expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'

const { signUp } = await startTestServer()
const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]

async function choir() {
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
  const { seq } = await bob.client.messages.send({ roomId, body: 'Seven?' })
  return { roomId, seq }
}

test('reactions are counted by emoji, the first reaction first, once per person', async () => {
  const at = await choir()
  await ann.client.messages.react({ ...at, emoji: '👍' })
  await bob.client.messages.react({ ...at, emoji: '🎶' })
  const message = await bob.client.messages.react({ ...at, emoji: '👍' })
  expect(message.reactions).toEqual([
    { emoji: '👍', count: 2, userIds: [ann.user.id, bob.user.id] },
    { emoji: '🎶', count: 1, userIds: [bob.user.id] },
  ])
  expect(await bob.client.messages.react({ ...at, emoji: '👍' })).toEqual(message)
  expect((await ann.client.messages.list({ roomId: at.roomId })).items[0]!.reactions).toEqual(message.reactions)
  const less = await ann.client.messages.unreact({ ...at, emoji: '👍' })
  expect(less.reactions.map(({ emoji, count }) => [emoji, count])).toEqual([
    ['🎶', 1],
    ['👍', 1],
  ])
  expect(await ann.client.messages.unreact({ ...at, emoji: '👍' })).toEqual(less)
  expect(less).toMatchObject({ version: 1, editedAt: null })
})

test('each is one event, and what changes nothing is none', async () => {
  const at = await choir()
  const calls = Array.from({ length: 6 }, () => ann.client.messages.react({ ...at, emoji: '👍' }))
  await Promise.all(calls)
  await Promise.all([1, 2, 3].map(() => ann.client.messages.unreact({ ...at, emoji: '👍' })))
  await ann.client.messages.unreact({ ...at, emoji: '🎶' })
  const { events } = await bob.client.messages.since({ roomId: at.roomId, after: at.seq })
  const common = { kind: 'message.reacted', actorId: ann.user.id, message: { seq: at.seq, reactions: [] } }
  expect(events).toMatchObject([common, common])
})

test('fifty different ones are enough, also at once; more of the same go on', async () => {
  const at = await choir()
  const react = (n: number) => ann.client.messages.react.safe({ ...at, emoji: `:${n}:` })
  const results = await Promise.all(Array.from({ length: 55 }, (_, n) => react(n)))
  const refused = results.flatMap((result) => (result.ok ? [] : [result.error.code]))
  expect(refused).toEqual(Array.from({ length: 5 }, () => 'TOO_MANY_REACTIONS'))
  const { reactions } = await bob.client.messages.get(at)
  expect(reactions).toHaveLength(50)
  const { emoji } = reactions[0]!
  expect((await bob.client.messages.react({ ...at, emoji })).reactions[0]).toMatchObject({ emoji, count: 2 })
})

test('refuses what is not there, deleted, archived, or no emoji', async () => {
  const at = await choir()
  const emoji = '👍'
  for (const { client } of [ann, cleo]) {
    const seq = client === ann.client ? 1 : at.seq
    expect(await codeOf(client.messages.react({ ...at, seq, emoji }))).toBe('NOT_FOUND')
    expect(await codeOf(client.messages.unreact({ ...at, seq, emoji }))).toBe('NOT_FOUND')
  }
  for (const wrong of ['', ' ', 'x'.repeat(33)]) {
    expect(await codeOf(ann.client.messages.react({ ...at, emoji: wrong }))).toBe('INVALID_INPUT')
  }
  await ann.client.messages.react({ ...at, emoji })
  await ann.client.messages.rooms.archive({ roomId: at.roomId })
  expect(await codeOf(bob.client.messages.react({ ...at, emoji }))).toBe('ROOM_ARCHIVED')
  expect((await ann.client.messages.unreact({ ...at, emoji })).reactions).toEqual([])
  await bob.client.messages.remove(at)
  await ann.client.messages.rooms.archive({ roomId: at.roomId, archived: false })
  expect(await codeOf(ann.client.messages.react({ ...at, emoji }))).toBe('MESSAGE_DELETED')
})
