import { melody } from './melody.ts'
import { Refusal } from './refusal.ts'
import { startZoomServer, type ZoomServer } from './server.ts'
import { present } from './state.ts'

/** What the demo connects to its Zoom with. */
export interface DemoZoom {
  readonly server: ZoomServer
  readonly credentials: {
    readonly accountId: string
    readonly clientId: string
    readonly clientSecret: string
    /** What its events are signed with. */
    readonly webhookSecret: string
  }
}

const app = { accountId: 'demo-account', clientId: 'demo-client', clientSecret: 'demo-client-secret' }
const webhookSecret = 'demo-webhook-secret'

const people = ['Ann Alvarez', 'Bob Brandt', 'Cleo Costa', 'Dimitra Doukas', 'Emre Erdem', 'Farah Fuchs', 'Goran Gashi']

/** A meeting with people who come and go; what begins again ends after a while. */
interface Room {
  readonly id: number
  readonly host: string
  readonly topic: string
  readonly most: number
  /** How long it runs and rests; it goes on for ever unless given. */
  readonly turnMs?: number
}

const ann = 'ann@example.com'
const bob = 'bob@example.com'

const rooms: readonly Room[] = [
  { id: 85_000_000_001, host: ann, topic: 'Open rehearsal', most: 5 },
  { id: 85_000_000_002, host: bob, topic: 'Piano lessons', most: 3 },
  { id: 85_000_000_003, host: ann, topic: 'Warm-up', most: 4, turnMs: 150_000 },
]

interface Options {
  readonly port: number
  /** How fast time goes by for its people; 1 unless given. */
  readonly speed?: number
}

/** The Zoom of the demo: an account whose users, meetings and recording are the same at every start, and where something goes on. */
export async function startDemoZoom({ port, speed = 1 }: Options): Promise<DemoZoom> {
  const server = await startZoomServer({ port, app, seed: 'demo' })
  const timers = new Set<NodeJS.Timeout>()
  const later = (ms: number, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      try {
        work()
      } catch (error) {
        // Who tries the demo may have deleted the meeting.
        if (!(error instanceof Refusal)) throw error
      }
    }, ms / speed)
    timers.add(timer.unref())
  }
  fill(server)
  for (const room of rooms) enliven(server, room, later)
  const close = async () => {
    for (const timer of timers) clearTimeout(timer)
    await server.close()
  }
  return { server: { ...server, close }, credentials: { ...app, webhookSecret } }
}

function fill(server: ZoomServer): void {
  server.addUser({ id: 'demo-ann', email: ann, firstName: 'Ann', lastName: 'Alvarez' })
  server.addUser({ id: 'demo-bob', email: bob, firstName: 'Bob', lastName: 'Brandt' })
  for (const { id, host, topic } of rooms) server.createMeeting({ id, host, topic, type: 3 })
  // Nobody is there: it is available.
  server.createMeeting({ id: 85_000_000_004, host: bob, topic: 'Quiet room', type: 3 })
  const recorded = server.createMeeting({ id: 85_000_000_005, host: ann, topic: 'Last concert', type: 3 })
  server.start(recorded.id, { uuid: 'bGFzdCBjb25jZXJ0IQ==' })
  server.record(recorded.id, { bytes: melody(), fileType: 'M4A', durationSeconds: 4 })
  server.end(recorded.id)
}

type Later = (ms: number, work: () => void) => void

const soonestMs = 20_000
const latestMs = 40_000

/** Every 20 to 40 seconds somebody comes or goes, at the same times at every start. */
function enliven(server: ZoomServer, room: Room, later: Later): void {
  const random = randomBy(room.id)
  let run = server.start(room.id)
  let isOn = true
  const come = () => {
    const here = present(run).map(({ name }) => name)
    const away = people.filter((name) => !here.includes(name))
    const name = away[Math.floor(random() * away.length)]
    if (name !== undefined) server.join(room.id, name, `${name.split(' ')[0]?.toLowerCase()}@example.com`)
  }
  const move = () => {
    later(soonestMs + random() * (latestMs - soonestMs), move)
    if (!isOn) return
    if (run.endedAt !== null) {
      // Somebody has ended it; after a while they come again.
      if (random() < 0.3) run = server.start(room.id)
      return
    }
    const here = present(run)
    const leaving = here[Math.floor(random() * here.length)]
    const isComing = here.length < 2 || (here.length < room.most && random() < 0.5)
    if (isComing || leaving === undefined) come()
    else server.leave(room.id, leaving.participantUuid)
  }
  const turn = () => {
    if (room.turnMs === undefined) return
    later(room.turnMs, () => {
      isOn = !isOn
      if (isOn) {
        run = server.start(room.id)
        come()
      } else server.end(room.id)
      turn()
    })
  }
  for (let count = 0; count < 2; count++) come()
  later(soonestMs * random(), move)
  turn()
}

/** The same numbers from the same seed (mulberry32). */
function randomBy(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
