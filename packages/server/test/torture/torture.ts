import { rm } from 'node:fs/promises'
import type { Room } from '@antiphon/client'
import pg from 'pg'
import { temporaryDirectory } from '../temporary.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { readConnection } from './connection.ts'
import { follow, type Person, signUp, talk } from './people.ts'
import { randomOf } from './random.ts'

export interface TortureOptions {
  seed: number
  seconds: number
  log?: (line: string) => void
}

export interface TortureReport {
  acknowledged: number
  givenUp: number
  gapsFilled: number
  blows: Record<string, number>
  complaints: string[]
}

/**
 * Three servers on one Postgres, six people in four rooms who talk and listen, and blows: kill -9 and pauses of servers, an
 * immediate stop of Postgres, cut connections, a doorbell that is silent. Afterwards every acknowledged message is there
 * exactly once, in one order for all, without a hole, and every listener has seen exactly that.
 * @throws an Error that says what does not hold
 */
export async function torture({ seed, seconds, log = () => {} }: TortureOptions): Promise<TortureReport> {
  const random = randomOf(seed)
  const data = await temporaryDirectory()
  const cluster = await startCluster(data, 3)
  try {
    const people: Person[] = []
    for (let at = 0; at < 6; at++) people.push(await signUp(cluster, `person${at}`, randomOf(seed + at + 1)))
    const [owner] = people as [Person]
    const rooms: Room[] = []
    for (let at = 0; at < 4; at++) {
      const memberIds = people.slice(1).map(({ userId }) => userId)
      rooms.push(await owner.client.messages.rooms.create({ name: `Room ${at}`, memberIds }))
    }
    const listeners = people.map(follow)
    const end = Date.now() + seconds * 1_000
    const isOver = () => Date.now() > end
    const talking = people.map((person, at) => talk(person, `p${at}`, rooms, randomOf(seed + 100 + at), isOver))
    const blows = await strike({ cluster, data, random, isOver, log })
    await Promise.all(talking)
    const report = await judge(people, rooms, listeners)
    for (const { close } of listeners) close()
    return { ...report, blows, complaints: cluster.complaints() }
  } finally {
    await cluster.stop()
    await rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
  }
}

interface Strike {
  cluster: Cluster
  data: string
  random: () => number
  isOver: () => boolean
  log: (line: string) => void
}

async function strike({ cluster, data, random, isOver, log }: Strike): Promise<Record<string, number>> {
  const counts: Record<string, number> = {}
  const some = () => Math.floor(random() * cluster.instances.length)
  const kinds: [string, () => Promise<unknown>][] = [
    ['kill -9 of a server', () => cluster.restart(some())],
    ['a server pauses', () => cluster.pause(some(), 500 + random() * 2_000)],
    ['all connections are cut', () => cut(data, '')],
    ['the doorbell is cut', () => cut(data, 'antiphon doorbell')],
    ['Postgres crashes', () => cluster.crashPostgres(some())],
  ]
  while (!isOver()) {
    await new Promise((resolve) => setTimeout(resolve, 500 + random() * 1_500))
    if (isOver()) break
    const [name, blow] = kinds[Math.floor(random() * kinds.length)]!
    log(name)
    counts[name] = (counts[name] ?? 0) + 1
    await blow()
  }
  return counts
}

/** Ends the backends of the servers, or those of one name. */
async function cut(data: string, name: string): Promise<void> {
  const client = new pg.Client(await readConnection(data))
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where pid <> pg_backend_pid() and usename = current_user and ($1 = '' or application_name = $1)`,
      [name],
    )
  } catch {
    // Postgres may be away just now.
  } finally {
    await client.end().catch(() => {})
  }
}

async function judge(
  people: readonly Person[],
  rooms: readonly Room[],
  listeners: readonly { settled: () => Promise<void> }[],
) {
  for (const room of rooms) {
    const orders = await Promise.all(people.map((person) => readRoom(person, room.id)))
    const [first] = orders as [Map<number, string>]
    for (const order of orders) same('one order for all', JSON.stringify([...order]), JSON.stringify([...first]))
    const clientIds = [...first.values()]
    same('no message twice', new Set(clientIds).size, clientIds.length)
    for (const { acknowledged } of people) {
      for (const { roomId, seq, clientId } of acknowledged) {
        if (roomId === room.id) same(`${clientId} where it was acknowledged`, first.get(seq), clientId)
      }
    }
    const lastSeq = Math.max(...first.keys())
    await waitFor(() => people.every(({ applied }) => (applied.get(room.id) ?? 0) >= lastSeq), 30_000)
    await Promise.all(listeners.map(({ settled }) => settled()))
    for (const { seen, userId } of people) {
      const numbers = (seen.get(room.id) ?? []).filter((seq) => first.has(seq))
      same(`what ${userId} saw of ${room.id}`, JSON.stringify(numbers), JSON.stringify([...first.keys()]))
    }
  }
  const sum = (count: (person: Person) => number) => people.reduce((total, person) => total + count(person), 0)
  return {
    acknowledged: sum(({ acknowledged }) => acknowledged.length),
    givenUp: sum(({ givenUp }) => givenUp.length),
    gapsFilled: sum(({ gaps }) => gaps),
  }
}

/** The messages of a room by their numbers, as sender and text, checked to be without a hole. */
async function readRoom({ client }: Person, roomId: Room['id']): Promise<Map<number, string>> {
  const messages = new Map<number, string>()
  let last = 0
  for (;;) {
    const range = await client.messages.since({ roomId, after: last })
    same('a range begins where the one before ended', range.from, last)
    range.events.forEach((event, at) => {
      same(`no hole in ${roomId}`, event.seq, last + at + 1)
      if (event.kind === 'message.sent') messages.set(event.seq, event.message.body.replace(' ', '-'))
    })
    last = range.to
    if (range.to >= range.lastSeq) return messages
  }
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
