import { rm } from 'node:fs/promises'
import type { Room } from '@antiphon/client'
import pg from 'pg'
import { temporaryDirectory } from '../temporary.ts'
import { type Cluster, startCluster } from './cluster.ts'
import { readConnection } from './connection.ts'
import { judge } from './judge.ts'
import { follow, type Person, signUp, talk, wander } from './people.ts'
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
 * Three servers on one Postgres, six people in four rooms who talk, listen and read, one who comes and goes, and blows: kill -9 and pauses of servers, an
 * immediate stop of Postgres, cut connections, a doorbell that is silent. Afterwards every acknowledged message is there
 * exactly once, in one order for all, without a hole, every listener has seen exactly that, who came and went nothing of
 * what was between, and unread counts are what a recount gives.
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
    const wanderer = await signUp(cluster, 'wanderer', randomOf(seed + 50))
    const open = { name: 'Open', access: 'open' as const, history: 'joined' as const }
    const crossing = await owner.client.messages.rooms.create({
      ...open,
      memberIds: people.slice(1, 3).map((one) => one.userId),
    })
    const listeners = [...people, wanderer].map(follow)
    const end = Date.now() + seconds * 1_000
    const isOver = () => Date.now() > end
    const talking = people.map((person, at) => {
      const own = at < 3 ? [...rooms, crossing] : rooms
      return talk(person, `p${at}`, own, randomOf(seed + 100 + at), isOver)
    })
    talking.push(wander(wanderer, crossing.id, randomOf(seed + 99), isOver))
    const blows = await strike({ cluster, data, random, isOver, log })
    await Promise.all(talking)
    const report = await judge({ people, rooms, wanderer, crossing, listeners })
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
