import type { Room } from '@antiphon/client'
import type { Person } from './people.ts'

interface Judged {
  /** Who was in all of the rooms all the time. */
  people: readonly Person[]
  rooms: readonly Room[]
  /** Who came into the room and went, many times. */
  wanderer: Person
  crossing: Room
  listeners: readonly { settled: () => Promise<void> }[]
}

/** @throws an Error that says what does not hold */
export async function judge({ people, rooms, wanderer, crossing, listeners }: Judged) {
  for (const room of rooms) {
    const orders = await Promise.all(people.map((person) => readRoom(person, room.id)))
    const [first] = orders as [Told]
    for (const order of orders) same('one order for all', JSON.stringify([...order]), JSON.stringify([...first]))
    const clientIds = [...first.values()].map(({ clientId }) => clientId)
    same('no message twice', new Set(clientIds).size, clientIds.length)
    acknowledgedIn(room, people, first)
    const lastSeq = Math.max(...first.keys())
    await waitFor(() => people.every(({ applied }) => (applied.get(room.id) ?? 0) >= lastSeq), 30_000)
    await Promise.all(listeners.map(({ settled }) => settled()))
    for (const person of people) {
      const numbers = (person.seen.get(room.id) ?? []).filter((seq) => first.has(seq))
      same(`what ${person.userId} saw of ${room.id}`, JSON.stringify(numbers), JSON.stringify([...first.keys()]))
      await recount(person, room, first)
    }
  }
  const crossings = await judgeCrossing(people, wanderer, crossing)
  const all = [...people, wanderer]
  const sum = (count: (person: Person) => number) => all.reduce((total, person) => total + count(person), 0)
  return {
    acknowledged: sum(({ acknowledged }) => acknowledged.length),
    givenUp: sum(({ givenUp }) => givenUp.length),
    gapsFilled: sum(({ gaps }) => gaps),
    crossings,
  }
}

type Told = Map<number, { clientId: string; senderId: string }>

function acknowledgedIn(room: Room, people: readonly Person[], told: Told): void {
  for (const { acknowledged } of people) {
    for (const { roomId, seq, clientId } of acknowledged) {
      if (roomId === room.id) same(`${clientId} where it was acknowledged`, told.get(seq)?.clientId, clientId)
    }
  }
}

/** Whoever came and went saw, by the stream and by asking, what was said while they were there, and nothing else. */
async function judgeCrossing(people: readonly Person[], wanderer: Person, { id: roomId }: Room): Promise<number> {
  const [owner] = people as [Person]
  const visits: { from: number; to: number }[] = []
  const all: number[] = []
  const told: Told = new Map()
  for await (const event of eventsOf(owner, roomId)) {
    all.push(event.seq)
    if (event.kind === 'message.sent') told.set(event.seq, toldBy(event.message))
    if (!('userId' in event) || event.userId !== wanderer.userId) continue
    if (event.kind === 'member.joined') visits.push({ from: event.seq, to: Number.POSITIVE_INFINITY })
    else visits.at(-1)!.to = event.seq
  }
  acknowledgedIn({ id: roomId } as Room, [...people, wanderer], told)
  const wanted = all.filter((seq) => visits.some(({ from, to }) => seq >= from && seq <= to))
  const given: number[] = []
  for await (const { seq } of eventsOf(wanderer, roomId)) given.push(seq)
  same('what who came and went may ask for', given.join(), wanted.join())
  await waitFor(() => (wanderer.applied.get(roomId) ?? 0) >= (wanted.at(-1) ?? 0), 30_000)
  same('what who came and went was told', wanderer.seen.get(roomId)?.join(), wanted.join())
  const said = [...told].filter(([seq]) => wanted.includes(seq))
  await recount(wanderer, { id: roomId } as Room, new Map(said))
  return visits.length
}

/** Unread, counted by hand. */
async function recount({ client, userId }: Person, { id: roomId }: Room, told: Told): Promise<void> {
  const marks = await client.messages.markDelivered({ roomId, seq: 1 })
  const read = Math.max(marks.readSeq, marks.privateReadSeq)
  const unread = [...told].filter(([seq, { senderId }]) => seq > read && senderId !== userId).length
  const [counted] = await client.messages.unread({ roomIds: [roomId] })
  same(`unread of ${userId} in ${roomId}`, counted?.count ?? 0, Math.min(unread, 1_000))
}

async function* eventsOf({ client }: Person, roomId: Room['id']) {
  let last = 0
  for (;;) {
    const range = await client.messages.since({ roomId, after: last })
    same('a range begins where the one before ended', range.from, last)
    yield* range.events
    last = range.to
    if (range.to >= range.lastSeq) return
  }
}

/** The messages of a room by their numbers, checked to be without a hole. */
async function readRoom(person: Person, roomId: Room['id']): Promise<Told> {
  const told: Told = new Map()
  let last = 0
  for await (const event of eventsOf(person, roomId)) {
    same(`no hole in ${roomId}`, event.seq, ++last)
    if (event.kind === 'message.sent') told.set(event.seq, toldBy(event.message))
  }
  return told
}

function toldBy({ body, senderId }: { body: string; senderId: string }) {
  return { clientId: body.replace(' ', '-'), senderId }
}

function same<Value>(what: string, given: Value, wanted: Value): void {
  if (given !== wanted)
    throw new Error(`${what}: ${String(given).slice(0, 300)} instead of ${String(wanted).slice(0, 300)}`)
}

async function waitFor(isTrue: () => boolean, limitMs: number): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error('The listeners did not get to the end.')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
