import { type Events, isAntiphonError, type Message, type RoomId, type RoomView } from '@antiphon/client'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Db } from '../../src/db/connect.ts'
import { purgeRooms } from '../../src/messages/rooms/retention/purge.ts'
import type { Person } from '../server.ts'
import { expectFresh } from './fresh.ts'
import type { HostileNetwork } from './hostile.ts'
import { deviceOf, live, until } from './world.ts'

const verbs = [
  ...(['send', 'send', 'send', 'sendThroughView', 'sendThroughView', 'edit', 'edit', 'remove', 'react'] as const),
  ...([
    'unreact',
    'markRead',
    'readThroughView',
    'loadMore',
    'rename',
    'leaveOrJoin',
    'batch',
    'purge',
    'cut',
  ] as const),
] as const

/** Something that one of three people does. */
export const step = fc.record({
  verb: fc.constantFrom(...verbs),
  who: fc.nat({ max: 2 }),
  pick: fc.nat({ max: 100_000 }),
  waitMs: fc.nat({ max: 30 }),
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** A person with a view over a bad network, and a client over a good one to do things with. */
export interface Actor {
  readonly person: Person
  readonly network: HostileNetwork
  readonly events: Events
  readonly view: RoomView
  /** What was wrong with what the view showed at some time. */
  readonly problems: string[]
  /** The keys of what was sent through the view. */
  readonly sent: string[]
}

export function actorOf(person: Person, roomId: RoomId, network: HostileNetwork, at: { url: string }): Actor {
  const events = deviceOf(person, at, { fetch: network.fetch, maxRetries: 1, timeoutMs: 3_000 }).events()
  const view = events.room(roomId)
  return { person, network, events, view, problems: watch(view), sent: [] }
}

/** Looks at all that a view shows: in order, none twice, none as it was before. */
export function watch(view: RoomView): string[] {
  const problems: string[] = []
  const known = new Map<number, Message>()
  view.subscribe(() => {
    const { messages, pending } = view.snapshot()
    const seqs = messages.map(({ seq }) => seq)
    if (seqs.some((seq, at) => seq <= (seqs[at - 1] ?? 0))) problems.push(`out of order: ${seqs}`)
    for (const message of messages) {
      const before = known.get(message.seq)
      if ((before?.version ?? 0) > message.version) problems.push(`as before its edit: ${message.seq}`)
      if (before?.deletedAt && !message.deletedAt) problems.push(`back from the dead: ${message.seq}`)
      known.set(message.seq, message)
    }
    const shown = new Set(messages.map(({ clientId }) => clientId))
    for (const { clientId, body } of pending) if (shown.has(clientId)) problems.push(`pending and there: ${body}`)
  })
  return problems
}

let bodies = 0

/** Does a step; what the server refuses is no matter. */
export async function take(actors: readonly Actor[], roomId: RoomId, db: Db, one: Step): Promise<void> {
  const { verb, pick } = one
  const actor = actors[one.who] ?? actors[0]!
  const { messages } = actor.person.client
  const newest = actor.view.lastSeq
  const seq = Math.max(2, newest - (pick % 80))
  const body = `${verb} ${++bodies}`
  const doing = {
    send: () => messages.send({ roomId, body }),
    batch: () => messages.sendBatch({ items: ['a', 'b', 'c'].map((key) => ({ roomId, body, clientId: body + key })) }),
    edit: () => messages.edit({ roomId, seq, body }),
    remove: () => messages.remove({ roomId, seq }),
    react: () => messages.react({ roomId, seq, emoji: '👍' }),
    unreact: () => messages.unreact({ roomId, seq, emoji: '👍' }),
    markRead: () => messages.markRead({ roomId, seq }),
    rename: () => messages.rooms.update({ roomId, name: body }),
    // One stays: a room that all have left is gone.
    leaveOrJoin: () =>
      pick % 3 === 0 && actor !== actors[0] ? messages.rooms.leave({ roomId }) : messages.rooms.join({ roomId }),
    purge: () => purge(db, roomId, pick % 40),
    sendThroughView: async () => void actor.sent.push(actor.view.send({ body }).clientId),
    readThroughView: async () => actor.view.markRead(),
    loadMore: async () => void actor.view.loadMore().catch(() => {}),
    cut: async () => actor.network.cut(),
  } satisfies Record<Step['verb'], () => Promise<unknown>>
  await doing[verb]().catch((error: unknown) => {
    if (!isAntiphonError(error)) throw error
  })
  await new Promise((resolve) => setTimeout(resolve, one.waitMs))
}

async function purge(db: Db, roomId: RoomId, upTo: number): Promise<void> {
  for (const [table, column] of [
    ['messages', 'sent_at'],
    ['room_events', 'at'],
  ] as const) {
    await db
      .updateTable(table)
      .set({ [column]: new Date(Date.now() - 3 * 86_400_000) })
      .where('room_id', '=', roomId)
      .where('seq', '<=', BigInt(upTo))
      .execute()
  }
  await purgeRooms(db)
}

/** The network gets good: the view has what the server has, and what was sent through it is there once. */
export async function settle({ person, network, view, problems, sent }: Actor, roomId: RoomId): Promise<void> {
  const { client } = person
  network.calmDown()
  await client.messages.rooms.join({ roomId })
  await live(view)
  while (view.pending.length > 0) {
    for (const { clientId } of view.pending) view.retry(clientId)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await view.verify()
  await until(() => expectFresh(view, client))
  while (view.hasMore) await view.loadMore()
  await until(() => expectFresh(view, client))
  expect(problems).toEqual([])
  const keys = view.messages.flatMap(({ clientId }) => clientId ?? [])
  expect(keys.filter((key) => sent.includes(key)).toSorted()).toEqual(sent.toSorted())
}
