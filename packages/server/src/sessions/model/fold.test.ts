import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { createDb, createPool } from '../../db/connect.ts'
import type { LiveSession, ProviderEvent } from '../../providers/provider.ts'
import { applyEvents } from './apply.ts'
import { applyListed, applyMissing } from './listed.ts'

const { databaseUrl, query } = await startTestServer()
const db = createDb(createPool({ connectionString: databaseUrl }, { max: 3 }))
afterAll(() => db.destroy())

const base = Date.now() - 3 * 3_600_000
const secondsAfter = (seconds: number) => new Date(base + seconds * 1_000)

interface Step {
  room: number
  person: number
  what: 'come' | 'go' | 'end'
  seconds: number
}

const step: fc.Arbitrary<Step> = fc.record({
  room: fc.nat({ max: 1 }),
  person: fc.nat({ max: 3 }),
  what: fc.constantFrom('come', 'come', 'come', 'go', 'go', 'end'),
  seconds: fc.integer({ min: 1, max: 90 }),
})

interface Running {
  sessionKey: string
  startedAt: Date
  people: Map<string, Date>
}

/** What happens at a provider: its log in order, and what runs after each event. */
function happen(steps: readonly Step[]) {
  const log: ProviderEvent[] = []
  const rooms = new Map<string, Running>()
  const states: { at: Date; sessions: LiveSession[] }[] = []
  let seconds = 0
  let made = 0
  for (const { room, person, what, seconds: passed } of steps) {
    seconds += passed
    const at = secondsAfter(seconds)
    const externalId = `room ${room}`
    const running = rooms.get(externalId)
    const add = (event: object) =>
      log.push({
        ...{ key: `${log.length}`, externalId, at, sessionKey: running?.sessionKey },
        ...event,
      } as ProviderEvent)
    const key = `person ${person}`
    const participant = { key, name: key, userId: null, email: null, joinedAt: at }
    if (running === undefined && what === 'come') {
      const sessionKey = `run ${++made}`
      rooms.set(externalId, { sessionKey, startedAt: at, people: new Map([[key, at]]) })
      add({ kind: 'session.started', sessionKey })
      add({ kind: 'participant.joined', sessionKey, participant })
    } else if (running !== undefined && what === 'come' && !running.people.has(key)) {
      running.people.set(key, at)
      add({ kind: 'participant.joined', participant })
    } else if (running?.people.has(key) && what === 'go') {
      running.people.delete(key)
      add({ kind: 'participant.left', participant: { ...participant, joinedAt: null } })
    } else if (running !== undefined && what === 'end') {
      rooms.delete(externalId)
      add({ kind: 'session.ended' })
    }
    states.push({ at, sessions: [...rooms].map(([externalId, run]) => toListed(externalId, run, at)) })
  }
  return { log, states, endsAt: seconds }
}

function toListed(externalId: string, { sessionKey, startedAt, people }: Running, observedAt: Date): LiveSession {
  return {
    ...{ externalId, sessionKey, startedAt, observedAt, participantCount: people.size },
    participants: [...people].map(([key, joinedAt]) => ({ key, name: key, userId: null, email: null, joinedAt })),
  }
}

let worlds = 0

/** A source of its own, with nothing known of it. */
function newWorld() {
  const source = `world${++worlds}`
  return {
    source,
    tell: (events: readonly ProviderEvent[]) =>
      db.transaction().execute((tx) => {
        const origin = { source, provider: 'world', by: 'webhook', receivedAt: new Date() } as const
        return applyEvents(
          tx,
          origin,
          events.map((event) => ({ ...event, sessionKey: event.sessionKey && `${source} ${event.sessionKey}` })),
        )
      }),
    async list(sessions: readonly LiveSession[], at: Date, { tellsJoins = true } = {}) {
      const asked = { source, provider: 'world', requestedAt: at, askedAt: at }
      const own = sessions.map((session) => ({
        ...session,
        observedAt: at,
        sessionKey: `${source} ${session.sessionKey}`,
      }))
      const known = await query<{ key: string }>(
        'select session_key as key from sessions where source = $1 and ended_at is null',
        [source],
      )
      for (const session of own) {
        const participants = session.participants?.map((one) => ({
          ...one,
          joinedAt: tellsJoins ? one.joinedAt : null,
        }))
        await applyListed(db, asked, { ...session, participants: participants ?? [] })
      }
      for (const { key } of known)
        if (!own.some(({ sessionKey }) => sessionKey === key))
          await applyMissing(db, asked, { source, sessionKey: key })
    },
    /** Which sessions run, and who is in them. */
    live: async () => {
      const rows = await query<{ session: string; key: string | null }>(
        `select replace(session_key, source || ' ', '') as session, stay.key from sessions
         left join session_stays stay on stay.session_id = sessions.id and stay.left_at is null
         where source = $1 and ended_at is null order by 1, 2`,
        [source],
      )
      return rows.map(({ session, key }) => `${session}: ${key}`)
    },
    /** All that is known. */
    all: () =>
      query(
        `select replace(session_key, source || ' ', '') as session, started_at, ended_at, ended_told, stay.key, joined_at, left_at
         from sessions left join session_stays stay on stay.session_id = sessions.id where source = $1 order by 1, 5, 6`,
        [source],
      ),
  }
}

const steps = fc.array(step, { minLength: 3, maxLength: 25 })

test('doubled and in any order, a log comes to the same as in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.infiniteStream(fc.nat()),
      fc.integer({ min: 1, max: 5 }),
      async (given, random, batch) => {
        const { log } = happen(given)
        const [ordered, garbled] = [newWorld(), newWorld()]
        for (const event of log) await ordered.tell([event])
        const twice = [...log, ...log.filter(() => random.next().value % 2 === 0)]
        const shuffled = shuffle(twice, random)
        for (let at = 0; at < shuffled.length; at += batch) await garbled.tell(shuffled.slice(at, at + batch))
        expect(await garbled.all()).toEqual(await ordered.all())
      },
    ),
    { numRuns: 25 },
  )
}, 120_000)

test('whatever was lost, doubled or late: complete lists bring back who is where', async () => {
  const losses = fc.double({ min: 0, max: 0.9, noNaN: true })
  await fc.assert(
    fc.asyncProperty(
      steps,
      losses,
      fc.infiniteStream(fc.nat()),
      fc.boolean(),
      async (given, loss, random, tellsJoins) => {
        const { log, states, endsAt } = happen(given)
        const [ordered, garbled] = [newWorld(), newWorld()]
        for (const event of log) await ordered.tell([event])
        const kept = log.filter(() => random.next().value % 100 >= loss * 100)
        const shuffled = shuffle([...kept, ...kept.slice(0, 5)], random)
        const half = Math.floor(shuffled.length / 2)
        await garbled.tell(shuffled.slice(0, half))
        // A list that was asked for in the middle, and answered when later events were known already.
        const middle = states[Math.floor(states.length / 2)]
        if (middle !== undefined) await garbled.list(middle.sessions, middle.at, { tellsJoins })
        await garbled.tell(shuffled.slice(half))
        const last = states.at(-1)?.sessions ?? []
        for (const passed of [30, 60]) await garbled.list(last, secondsAfter(endsAt + passed), { tellsJoins })
        expect(await garbled.live()).toEqual(await ordered.live())
      },
    ),
    { numRuns: 40 },
  )
}, 120_000)

function shuffle<Item>(items: readonly Item[], random: Iterator<number>): Item[] {
  return items
    .map((item) => ({ item, by: Number(random.next().value) }))
    .toSorted((one, other) => one.by - other.by)
    .map(({ item }) => item)
}
