import { Writable } from 'node:stream'
import { createClient } from '@antiphon/client'
import pino from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Person, startTestServer } from '../../test/server.ts'
import { createDb, createPool } from '../db/connect.ts'
import { wholeDatabase } from '../users/erasure/person.fixture.ts'
import { purgeRooms } from './rooms/retention/purge.ts'

const lines: string[] = []
const log = pino({ level: 'trace' }, new Writable({ write: (chunk, _, done) => done(void lines.push(String(chunk))) }))
const server = await startTestServer({ log })
const { url, databaseUrl, signUp, query } = server
const canary = 'xylograph'

async function two() {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Gone', memberIds: [bob.user.id] })
  return { ann, bob, roomId }
}

/** Where the text is, as text, as words of it, or as bytes: tables, and the log. */
async function placesOf(text: string): Promise<string[]> {
  const forms = [text, Buffer.from(text).toString('hex')]
  const holds = (all: string) => forms.some((form) => all.includes(form))
  const tables = [...(await wholeDatabase(server))].flatMap(([name, rows]) => (holds(rows.join('\n')) ? [name] : []))
  return holds(lines.join('')) ? [...tables, 'the log'] : tables
}

/** All that can be asked about a room, as one text. */
async function allAnswers({ client, token }: Person, roomId: `rom_${string}`): Promise<string> {
  const answers: unknown[] = [
    await client.messages.list({ roomId, window: { last: 200 } }),
    await client.messages.recent({ window: { last: 200 } }),
    await client.messages.search({ query: canary }),
    await client.messages.since({ roomId, after: 0 }),
    await client.messages.rooms.list(),
    await client.messages.unread(),
  ]
  for await (const line of client.messages.rooms.export({ roomId })) answers.push(line)
  for await (const line of client.users.export()) answers.push(line)
  const view = createClient({ url, token }).events().room(roomId)
  onTestFinished(() => view.close())
  await vi.waitFor(() => expect(view.status).toBe('live'), 5_000)
  answers.push(view.snapshot())
  view.close()
  return JSON.stringify(answers, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}

test('what a deleted message said, and said before it was edited, is nowhere any more', async () => {
  const { ann, bob, roomId } = await two()
  const send = { roomId, body: `The ${canary} of the attic`, clientId: 'k' }
  const { seq } = await ann.client.messages.send(send)
  await ann.client.messages.sendBatch({ items: [{ ...send, clientId: 'in-batch' }] })
  await ann.client.messages.edit({ roomId, seq, body: `The edited ${canary}` })
  await bob.client.messages.send({ roomId, body: 'What?', replyTo: seq })
  expect(await allAnswers(bob, roomId)).toContain(canary)
  expect(await placesOf(canary)).toEqual(['public.message_versions', 'public.messages'])
  await ann.client.messages.remove({ roomId, seq })
  await ann.client.messages.remove({ roomId, seq: seq + 1 })
  for (const person of [ann, bob]) expect(await allAnswers(person, roomId)).not.toContain(canary)
  expect(await ann.client.messages.send(send)).toMatchObject({ seq, duplicate: true, body: '' })
  expect(await placesOf(canary)).toEqual([])
})

test('nor what is past the retention of its room, or was in a room that is removed', async () => {
  const { ann, bob, roomId } = await two()
  const body = `Another ${canary}`
  await ann.client.messages.rooms.update({ roomId, retentionDays: 1 })
  await ann.client.messages.send({ roomId, body })
  await query(`update messages set sent_at = sent_at - interval '2 days' where room_id = $1`, [roomId])
  const removed = await two()
  await removed.ann.client.messages.send({ roomId: removed.roomId, body })
  expect(await placesOf(canary)).toEqual(['public.messages'])
  const db = createDb(createPool({ connectionString: databaseUrl }, { max: 2 }))
  onTestFinished(() => db.destroy())
  await purgeRooms(db)
  await removed.ann.client.messages.rooms.remove({ roomId: removed.roomId })
  for (const person of [ann, bob]) expect(await allAnswers(person, roomId)).not.toContain(canary)
  expect(await placesOf(canary)).toEqual([])
})
