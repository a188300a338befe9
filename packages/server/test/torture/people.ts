import { type AntiphonClient, type AntiphonError, createClient, type Room, type UserId } from '@antiphon/client'
import type { Cluster } from './cluster.ts'

/** Sends each request to some server of the cluster, as a load balancer does that knows nothing of their health. */
export function balanced(cluster: Cluster, random: () => number): typeof fetch {
  return (input, init) => {
    const { port } = cluster.instances[Math.floor(random() * cluster.instances.length)]!
    return fetch(String(input).replace(/^http:\/\/[^/]+/, `http://127.0.0.1:${port}`), init)
  }
}

export interface Acknowledged {
  roomId: Room['id']
  seq: number
  clientId: string
}

export interface Person {
  userId: UserId
  token: string
  client: AntiphonClient
  /** What was acknowledged. */
  acknowledged: Acknowledged[]
  /** What was tried and given up: it is there once or not at all. */
  givenUp: string[]
  /** By room, the numbers that came through the stream or were fetched to fill its gaps, in the order of their coming. */
  seen: Map<Room['id'], number[]>
  /** Where the stream has got in each room. */
  applied: Map<Room['id'], number>
  /** How often a gap had to be filled. */
  gaps: number
}

export async function signUp(cluster: Cluster, name: string, random: () => number): Promise<Person> {
  const options = { url: 'http://127.0.0.1', fetch: balanced(cluster, random), timeoutMs: 20_000, maxRetries: 5 }
  const account = { userName: name, email: `${name}@example.com`, password: 'correct horse' }
  const { user, token } = await createClient(options).users.signUp(account)
  return {
    ...{ userId: user.id, token, client: createClient({ ...options, token }) },
    ...{ acknowledged: [], givenUp: [], seen: new Map(), applied: new Map(), gaps: 0 },
  }
}

/** Sends until told to stop, each message until it is acknowledged; some are given up after one try. */
export async function talk(
  person: Person,
  name: string,
  rooms: readonly Room[],
  random: () => number,
  isOver: () => boolean,
): Promise<void> {
  for (let at = 0; !isOver(); at++) {
    const room = rooms[Math.floor(random() * rooms.length)]!
    const message = { roomId: room.id, body: `${name} ${at}`, clientId: `${name}-${at}` }
    const isPatient = random() > 0.05
    for (;;) {
      const sent = await person.client.messages.send.safe(message, isPatient ? {} : { timeoutMs: 300 })
      if (sent.ok) {
        person.acknowledged.push({ roomId: room.id, seq: sent.data.seq, clientId: message.clientId })
        if (random() < 0.05) await person.client.messages.markRead.safe({ roomId: room.id, seq: sent.data.seq })
        break
      }
      requirePassing(sent.error)
      if (!isPatient) {
        person.givenUp.push(message.clientId)
        break
      }
      await pause(100)
    }
    await pause(random() * 10)
  }
}

/** Comes into a room, says something, and goes, until told to stop; then stays. */
export async function wander(
  { client, acknowledged }: Person,
  roomId: Room['id'],
  random: () => number,
  isOver: () => boolean,
): Promise<void> {
  const insist = async <Data>(call: () => Promise<{ ok: true; data: Data } | { ok: false; error: AntiphonError }>) => {
    for (;;) {
      const result = await call()
      if (result.ok) return result.data
      // A retry of what was done after all.
      if (result.error.code === 'NOT_FOUND') return undefined
      requirePassing(result.error)
      await pause(100)
    }
  }
  for (let at = 0; ; at++) {
    await insist(() => client.messages.rooms.join.safe({ roomId }))
    for (let said = 0; said < 3; said++) {
      const clientId = `w-${at}-${said}`
      const sent = await insist(() => client.messages.send.safe({ roomId, body: clientId, clientId }))
      if (sent !== undefined) acknowledged.push({ roomId, seq: sent.seq, clientId })
      await pause(random() * 20)
    }
    if (isOver()) return
    await insist(() => client.messages.rooms.leave.safe({ roomId }))
    await pause(random() * 200)
  }
}

function requirePassing(error: AntiphonError): void {
  if (!['NETWORK', 'UNAVAILABLE', 'TIMEOUT', 'BAD_RESPONSE'].includes(error.code)) throw error
}

/** Follows all rooms by the stream, and fetches what it lacks. */
export function follow(person: Person): { close: () => void; settled: () => Promise<void> } {
  const { client, seen, applied } = person
  let chain: Promise<void> = Promise.resolve()
  const take = (roomId: Room['id'], seqs: readonly number[], to: number) => {
    const last = applied.get(roomId) ?? 0
    const fresh = seqs.filter((seq) => seq > last)
    seen.set(roomId, [...(seen.get(roomId) ?? []), ...fresh])
    applied.set(roomId, Math.max(last, to))
  }
  const fetchUpTo = async (roomId: Room['id'], goal: number) => {
    while ((applied.get(roomId) ?? 0) < goal) {
      const range = await client.messages.since.safe({ roomId, after: applied.get(roomId) ?? 0 })
      if (range.ok)
        take(
          roomId,
          range.data.events.map(({ seq }) => seq),
          range.data.to,
        )
      else await pause(100)
    }
  }
  const enqueue = (work: () => Promise<void> | void) => {
    chain = chain.then(work)
  }
  const stream = client.events.subscribe({}, { endless: true })
  stream.on('welcome', ({ rooms }) => {
    for (const { roomId, lastSeq } of rooms) enqueue(() => fetchUpTo(roomId, lastSeq))
  })
  stream.on('room.range', ({ roomId, from, to, events }) =>
    enqueue(async () => {
      if (from > (applied.get(roomId) ?? 0)) {
        person.gaps++
        await fetchUpTo(roomId, from)
      }
      take(
        roomId,
        events.map(({ seq }) => seq),
        to,
      )
    }),
  )
  return { close: () => stream.close(), settled: () => chain }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
