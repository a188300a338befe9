import fc from 'fast-check'
import { afterAll, test } from 'vitest'
import { createDb, createPool } from '../../src/db/connect.ts'
import { startTestServer } from '../server.ts'
import { type Badness, HostileNetwork } from './hostile.ts'
import { forAWhile, runs, seed } from './runs.ts'
import { actorOf, settle, step, take } from './storm.ts'

const one = await startTestServer()
const two = await startTestServer({ database: one.databaseUrl })
const pool = createPool({ connectionString: one.databaseUrl }, { max: 1 })
const db = createDb(pool)
afterAll(() => pool.end())

const often = fc.double({ min: 0, max: 0.4, noNaN: true })
const badness: fc.Arbitrary<Badness> = fc.record({
  ...{ lostCalls: often, lostFrames: often, doubledFrames: often, lateFrames: often },
  cuts: fc.double({ min: 0, max: 0.1, noNaN: true }),
  delayMs: fc.integer({ min: 0, max: 60 }),
})

test(`however bad the network: in order, nothing twice, and as the server has it once the network is good (seed ${seed})`, async () => {
  const run = async (random: number, bad: Badness, steps: Parameters<typeof take>[3][]) => {
    const people = [await one.signUp(), await one.signUp(), await one.signUp()]
    const [ann, bob] = people
    const memberIds = people.map(({ user }) => user.id)
    const room = await ann!.client.messages.rooms.create({ name: 'Storm', access: 'open', memberIds })
    await ann!.client.messages.rooms.update({ roomId: room.id, retentionDays: 1 })
    for (let at = 0; at < 60; at++) await bob!.client.messages.send({ roomId: room.id, body: `Before ${at}` })
    const actors = people.map((person, at) =>
      actorOf(person, room.id, new HostileNetwork(random + at, bad), at === 1 ? two : one),
    )
    for (const step of steps) await take(actors, room.id, db, step)
    for (const actor of actors) await settle(actor, room.id)
    for (const { events } of actors) events.close()
  }
  const steps = fc.array(step, { minLength: 30, maxLength: 80 })
  await fc.assert(fc.asyncProperty(fc.integer(), badness, steps, forAWhile(8_000, run)), runs())
}, 3_600_000)
