import type { Mark, Message, RoomId } from '@antiphon/client'
import { expect } from 'vitest'
import { collect } from '../../calls.ts'
import { live, until } from '../world.ts'
import type { Model } from './model.ts'
import { asTold, inWords, outcomeOf, type Somebody } from './people.ts'
import type { ModelRoom, Who } from './room.ts'

export interface World {
  readonly model: Model
  readonly people: readonly Somebody[]
  readonly roomIds: readonly RoomId[]
}

/** Everything that somebody can ask of a room is as the model says. */
export async function expectFetches({ model, people, roomIds }: World, who: Who, at: number): Promise<void> {
  const [room, roomId] = [model.rooms[at]!, roomIds[at]!]
  const { client } = people[who]!
  const { messages } = client
  const list = () => collect(messages.list.all({ roomId, limit: 7 }))
  if (room.isOver || !room.comings.has(who)) {
    const calls: Promise<unknown>[] = [list(), messages.get({ roomId, seq: 2 })]
    if (!model.isKnown(who, room)) calls.push(messages.since({ roomId, after: 0 }))
    expect(await Promise.all(calls.map(outcomeOf))).toEqual(calls.map(() => 'NOT_FOUND'))
  }
  if (model.isKnown(who, room)) expect(await toldSince(people[who]!, roomId)).toEqual(model.events(who, room))
  if (room.isOver || !room.comings.has(who)) return
  const shown = model.shown(who, room)
  expect((await list()).map((message) => inWords(people, message))).toEqual(shown.map(asTold).reverse())
  const seqs = room.log.map(({ seq }) => seq)
  const found = await Promise.all(seqs.map((seq) => outcomeOf(messages.get({ roomId, seq }))))
  const isShown = (seq: number) => shown.some((message) => message.seq === seq)
  expect(found).toEqual(seqs.map((seq) => (isShown(seq) ? 'ok' : 'NOT_FOUND')))
  await (room.members.has(who)
    ? expectMember({ model, people, roomIds }, who, at)
    : expectOutside(people[who]!, roomId))
}

/** Everything that happened, by ranges that join. */
async function toldSince({ client }: Somebody, roomId: RoomId): Promise<string[]> {
  const told: string[] = []
  for (let after = 0; ; ) {
    const range = await client.messages.since({ roomId, after, limit: 9 })
    expect(range.from).toBe(after)
    for (const event of range.events) {
      told.push(`${event.seq} ${event.kind} ${'message' in event ? event.message.seq : ''}`)
    }
    if (range.to >= range.lastSeq) return told
    after = range.to
  }
}

async function expectMember({ model, people, roomIds }: World, who: Who, at: number): Promise<void> {
  const [room, roomId] = [model.rooms[at]!, roomIds[at]!]
  const { messages } = people[who]!.client
  const [unread, state, members, receipts] = await Promise.all([
    messages.unread({ roomIds: [roomId] }),
    messages.rooms.get({ roomId }),
    collect(messages.rooms.members.list.all({ roomId, limit: 2 })),
    collect(messages.receipts.all({ roomId, limit: 2 })),
  ])
  expect(unread[0]?.count ?? 0).toBe(model.unread(who, room))
  const { role, lastSeq, history, archivedAt } = state
  expect({ role, lastSeq, history, isArchived: archivedAt !== null }).toEqual({
    ...{ role: room.members.get(who), lastSeq: room.lastSeq, history: room.history, isArchived: room.isArchived },
  })
  const byId = new Map(people.map(({ userId }, number) => [userId, number]))
  expect(new Map(members.map((member) => [byId.get(member.userId), member.role]))).toEqual(room.members)
  for (const { userId, readSeq, deliveredSeq } of receipts) {
    const { read = 0, delivered = 0 } = room.marks.get(byId.get(userId) ?? -1) ?? {}
    // Views say by themselves what was delivered.
    expect([readSeq, deliveredSeq >= delivered, deliveredSeq <= room.lastSeq]).toEqual([read, true, true])
  }
}

async function expectOutside({ client }: Somebody, roomId: RoomId): Promise<void> {
  const { messages } = client
  const calls = [
    ...[messages.unread({ roomIds: [roomId] }), messages.receipts({ roomId }), messages.typing({ roomId })],
    ...[messages.rooms.members.list({ roomId }), messages.markRead({ roomId, seq: 1 })],
  ]
  expect(await Promise.all(calls.map(outcomeOf))).toEqual(calls.map(() => 'NOT_FOUND'))
}

/** Which rooms somebody has, and how much there is to read in all of them. */
export async function expectRooms({ model, people, roomIds }: World, who: Who): Promise<void> {
  const { messages } = people[who]!.client
  const mine = model.rooms.flatMap((room, at) => (room.members.has(who) ? { room, id: roomIds[at]! } : []))
  const isOpen = (room: ModelRoom) =>
    room.kind === 'group' || [...room.members.keys()].every((peer) => !model.isBlocking(who, peer))
  // A room that is active meanwhile comes once more.
  const listed = new Set((await collect(messages.rooms.list.all({ limit: 2 }))).map(({ id }) => id))
  expect([...listed].sort()).toEqual(mine.flatMap(({ room, id }) => (isOpen(room) ? id : [])).sort())
  const unread = mine.flatMap(({ room, id }) => (model.unread(who, room) > 0 ? [[id, model.unread(who, room)]] : []))
  expect(new Map((await messages.unread()).map(({ roomId, count }) => [roomId, count]))).toEqual(new Map(unread as []))
}

/** Once the network is good, the view of a room is as the model says, and as the server gives it. */
export async function expectView(world: World, who: Who, at: number): Promise<void> {
  const { model, people, roomIds } = world
  const [room, roomId] = [model.rooms[at]!, roomIds[at]!]
  const { views, client } = people[who]!
  const view = views[at]!
  // What was asked over the bad network may fail still.
  await until(() => view.verify())
  const isIn = room.members.has(who)
  if (isIn) await live(view)
  await until(() =>
    expect([view.status, view.room?.role ?? null]).toEqual(isIn ? ['live', room.members.get(who)] : ['gone', null]),
  )
  // What was seen of a room that is no more stays.
  if (room.isOver) return
  while (view.hasMore) await view.loadMore()
  const predicted = model.shown(who, room).map(asTold)
  await until(() => expect(view.messages.map((message) => inWords(people, message))).toEqual(predicted))
  const fresh = room.comings.has(who) ? await collect<Message>(client.messages.list.all({ roomId })) : []
  expect(view.messages).toEqual(fresh.toReversed())
  if (!isIn) return
  await until(async () => {
    const marks = await collect<Mark>(client.messages.receipts.all({ roomId }))
    const told = marks.map(({ userId, deliveredSeq, readSeq }) => ({ userId, deliveredSeq, readSeq }))
    const byId = (a: Mark, b: Mark) => (a.userId < b.userId ? -1 : 1)
    const news = told.filter(({ deliveredSeq, readSeq }) => deliveredSeq + readSeq > 0)
    expect([...view.receipts.values()].sort(byId)).toEqual(news)
  })
  expect(view.members.map(({ userId }) => userId)).toEqual(
    [...room.members.keys()].map((member) => people[member]!.userId).sort(),
  )
}

/** However bad the network was, a view showed nothing that one might never see, in order, and never as before. */
export function expectNoLeak({ model, people }: World): void {
  for (const { who, seen, problems } of people) {
    for (const [at, room] of model.rooms.entries()) {
      expect([...(seen[at] ?? [])].filter((seq) => !model.wasEverShown(who, room, seq))).toEqual([])
    }
    expect(problems.flat()).toEqual([])
  }
}
