import { expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'

const { signUp } = await startTestServer()

/** All texts that somebody can get out of a room. */
async function textsOf({ client }: Person, roomId: `rom_${string}`): Promise<string> {
  const { messages } = client
  const answers: unknown[] = [
    await messages.since({ roomId, after: 0 }),
    await messages.list({ roomId }),
    await messages.recent(),
    await messages.search({ query: 'secret' }),
    await messages.search({ query: 'before' }),
    await messages.get({ roomId, seq: 3 }),
  ]
  for await (const item of messages.rooms.export({ roomId })) answers.push(item)
  return JSON.stringify(answers)
}

test('who was removed sees messages as they were then, and nothing of what became of the room', async () => {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const memberIds = [bob.user.id, cleo.user.id]
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds })
  const { messages } = ann.client
  for (const body of ['First', 'Second before', 'Third']) await messages.send({ roomId, body })
  await messages.edit({ roomId, seq: 3, body: 'Second, edited before' })
  await messages.react({ roomId, seq: 3, emoji: '👍' })
  await messages.rooms.members.ban({ roomId, userId: bob.user.id })
  await messages.edit({ roomId, seq: 2, body: 'First SECRET' })
  await messages.edit({ roomId, seq: 3, body: 'Second SECRET' })
  await messages.edit({ roomId, seq: 3, body: 'Second SECRET again' })
  await messages.react({ roomId, seq: 2, emoji: 'SECRET' })
  await messages.rooms.update({ roomId, name: 'SECRET', topic: 'SECRET' })
  await messages.rooms.members.setRole({ roomId, userId: cleo.user.id, role: 'admin' })
  const texts = await textsOf(bob, roomId)
  expect(texts).not.toMatch(/SECRET|admin|👍/)
  expect(await textsOf(cleo, roomId)).toMatch(/SECRET/)
  const { items } = await bob.client.messages.list({ roomId })
  expect(items.map(({ seq, body, version }) => [seq, body, version])).toEqual([
    ...[
      [4, 'Third', 1],
      [3, 'Second, edited before', 2],
      [2, 'First', 1],
    ],
  ])
  expect(items[1]!.editedAt).toBeInstanceOf(Date)
  expect(await codeOf(bob.client.messages.versions({ roomId, seq: 3 }))).toBe('NOT_FOUND')
  // Deletions reach them all the same.
  await messages.remove({ roomId, seq: 2 })
  expect((await bob.client.messages.get({ roomId, seq: 2 })).body).toBe('')
  await messages.rooms.members.unban({ roomId, userId: bob.user.id })
  await messages.rooms.members.add({ roomId, userIds: [bob.user.id] })
  expect(await textsOf(bob, roomId)).toMatch(/SECRET again/)
})
