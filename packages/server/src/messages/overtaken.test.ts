import { createClient } from '@antiphon/client'
import { afterAll, expect, test, vi } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../test/server.ts'
import { createDb, createPool, type Db } from '../db/connect.ts'
import { deleteMember, lockRoom } from './members/store.ts'
import { endRoom } from './rooms/retention/store.ts'
import { setArchived } from './rooms/store.ts'

const { url, databaseUrl, signUp, query } = await startTestServer()
const db = createDb(createPool({ connectionString: databaseUrl }, { max: 2 }))
afterAll(() => db.destroy())

async function group() {
  const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]
  const memberIds = [bob.user.id, cleo.user.id]
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Overtaken', memberIds })
  return { ann, bob, cleo, roomId }
}

/** Begins sends while a change of the room is under way, which is committed once all of them wait for it. */
async function whileChanging<Result>(change: (tx: Db) => Promise<unknown>, sends: (() => Promise<Result>)[]) {
  return db.transaction().execute(async (tx) => {
    await change(tx)
    const results = sends.map((send) => send())
    const waiting = `select pid from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
    await vi.waitFor(async () => expect(await query(waiting)).toHaveLength(sends.length), 10_000)
    return results
  })
}

test('who is removed while sending gets no message in; others do, after it', async () => {
  const { ann, bob, cleo, roomId } = await group()
  const send = async ({ token }: Person) => {
    const result = await createClient({ url, token }).messages.send.safe({ roomId, body: 'Hi' })
    return result.ok ? 'sent' : result.error.code
  }
  const sendTwo = async ({ token }: Person) => {
    const items = ['one', 'two'].map((body) => ({ roomId, body, clientId: body }))
    const answers = await createClient({ url, token }).messages.sendBatch({ items })
    return answers.map((answer) => ('code' in answer ? answer.code : answer.status)).join(' ')
  }
  const remove = async (tx: Db) => {
    await lockRoom(tx, roomId)
    await deleteMember(tx, { roomId, userId: bob.user.id, actorId: ann.user.id, kind: 'member.removed' })
  }
  const results = await whileChanging(remove, [() => send(bob), () => send(cleo), () => sendTwo(bob)])
  expect(await Promise.all(results)).toEqual(['NOT_FOUND', 'sent', 'NOT_FOUND NOT_FOUND'])
  const { events } = await ann.client.messages.since({ roomId, after: 1 })
  expect(events.map(({ kind, actorId }) => [kind, actorId])).toEqual([
    ['member.removed', ann.user.id],
    ['message.sent', cleo.user.id],
  ])
})

test('nothing gets into a room that is archived or removed meanwhile', async () => {
  const { ann, bob, roomId } = await group()
  const send = () => codeOf(bob.client.messages.send({ roomId, body: 'Hi' }))
  const archived = await whileChanging((tx) => setArchived(tx, roomId, ann.user.id, true), [send])
  expect(await Promise.all(archived)).toEqual(['ROOM_ARCHIVED'])
  await ann.client.messages.rooms.archive({ roomId, archived: false })
  const removed = await whileChanging((tx) => endRoom(tx, roomId, ann.user.id), [send])
  expect(await Promise.all(removed)).toEqual(['NOT_FOUND'])
})

test('who stays gets messages in, however many come and go', { timeout: 30_000 }, async () => {
  const [ann, ...others] = await Promise.all(Array.from({ length: 7 }, () => signUp()))
  const { id: roomId } = await ann!.client.messages.rooms.create({ name: 'Station', access: 'open' })
  let isOver = false
  const passing = others.map(async ({ client }) => {
    for (let at = 0; !isOver && at < 200; at++) {
      await client.messages.rooms.join({ roomId })
      await client.messages.rooms.leave({ roomId })
    }
  })
  for (let at = 0; at < 40; at++) await ann!.client.messages.send({ roomId, body: `Number ${at}` })
  isOver = true
  await Promise.all(passing)
})
