import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Person, passwordOf, startTestServer } from '../../server.ts'
import { type Badness, HostileNetwork } from '../hostile.ts'
import { runsFor, seed } from '../runs.ts'
import { expectFetches, expectNoLeak, expectRooms, expectView, type World } from './check.ts'
import { type Act, Model } from './model.ts'
import { somebody, takeOnServer } from './people.ts'
import { ModelRoom } from './room.ts'

const one = await startTestServer()
const two = await startTestServer({ database: one.databaseUrl })

const strict = { noNullPrototype: true }
const often = fc.integer({ min: 0, max: 40 }).map((percent) => percent / 100)
const badness: fc.Arbitrary<Badness> = fc.record(
  {
    ...{ lostCalls: often, lostFrames: often, doubledFrames: often, lateFrames: often },
    ...{ cuts: often.map((share) => share / 4), delayMs: fc.integer({ min: 0, max: 30 }) },
  },
  strict,
)

const [people, groups, directs] = [4, 2, 2]
const verbs: Record<Act['verb'] | 'look' | 'cut' | 'pause', number> = {
  ...{ send: 14, edit: 3, remove: 2, react: 2, unreact: 1 },
  ...{ join: 5, leave: 3, addMember: 4, removeMember: 2, ban: 2, unban: 1, setRole: 3, end: 1 },
  ...{ setHistory: 4, setAccess: 1, archive: 1, markDelivered: 1, markRead: 4, block: 2, unblock: 2 },
  ...{ look: 4, cut: 1, pause: 3 },
}
const step = fc.record(
  {
    verb: fc.constantFrom(
      ...Object.entries(verbs).flatMap(([verb, weight]) => Array<keyof typeof verbs>(weight).fill(verb as never)),
    ),
    who: fc.nat({ max: people - 1 }),
    whom: fc.nat({ max: people - 1 }),
    room: fc.nat({ max: groups + directs - 1 }),
    pick: fc.nat({ max: 10_000 }),
    either: fc.boolean(),
  },
  strict,
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

let signedUp = 0

/** Somebody from an address of their own, since an address signs up so many people an hour. */
async function signUp(): Promise<Person> {
  const address = `10.${(++signedUp >> 16) & 255}.${(signedUp >> 8) & 255}.${signedUp & 255}`
  const userName = `model${signedUp}`
  const named = { userName, email: `${userName}@example.com`, password: passwordOf(userName) }
  const { user, token } = await one.from(address).users.signUp(named)
  return { user, token, client: one.from(address, token) }
}

/** Four people, two groups that they come and go in, and two direct rooms. */
async function begin(random: number, bad: Badness): Promise<World> {
  const persons = await Promise.all(Array.from({ length: people }, signUp))
  const ids = persons.map(({ user }) => user.id)
  const { rooms } = persons[0]!.client.messages
  const made = [
    await rooms.create({ name: 'Shared', access: 'open', memberIds: [ids[1]!, ids[2]!] }),
    await persons[1]!.client.messages.rooms.create({ name: 'Joined', access: 'open', history: 'joined' }),
    await rooms.direct({ userId: ids[1]! }),
    await persons[2]!.client.messages.rooms.direct({ userId: ids[3]! }),
  ]
  const model = new Model([
    ...[new ModelRoom('group', 'shared', 0, [1, 2]), new ModelRoom('group', 'joined', 1, [])],
    ...[new ModelRoom('direct', 'shared', 0, [1]), new ModelRoom('direct', 'shared', 2, [3])],
  ])
  const roomIds = made.map(({ id }) => id)
  const instances = [one, two]
  return {
    ...{ model, roomIds },
    people: persons.map((person, who) =>
      somebody(who, { person, network: new HostileNetwork(random + who, bad), at: instances[who % 2]! }, roomIds),
    ),
  }
}

async function take(world: World, { verb, who, whom, room, pick, either }: Step, body: string): Promise<void> {
  const { model, people, roomIds } = world
  if (verb === 'look') await expectFetches(world, who, room)
  else if (verb === 'cut') people[who]?.network.cut()
  else if (verb === 'pause') await new Promise((resolve) => setTimeout(resolve, pick % 60))
  else {
    const { lastSeq, messages } = model.rooms[room]!
    const sent = [...messages.keys()]
    const seq = (pick % 5 > 0 ? sent[pick % Math.max(1, sent.length)] : undefined) ?? 1 + (pick % (lastSeq + 2))
    const act = { verb, who, whom, room, seq, either, body }
    expect([act, await takeOnServer(people, roomIds, act)]).toEqual([act, model.take(act)])
  }
}

async function finish(world: World): Promise<void> {
  const { model, people } = world
  for (const { network } of people) network.calmDown()
  const all = people.flatMap(({ who }) => model.rooms.map((_, at) => [who, at] as const))
  await Promise.all(all.map(([who, at]) => expectView(world, who, at)))
  for (const [who, at] of all) await expectFetches(world, who, at)
  for (const { who } of people) await expectRooms(world, who)
  expectNoLeak(world)
}

test(`rooms as a model of them says, to the views of people with bad networks and to all who ask (seed ${seed})`, async () => {
  const run = async (random: number, bad: Badness, steps: readonly Step[]) => {
    const world = await begin(random, bad)
    try {
      for (const [at, one] of steps.entries()) await take(world, one, `Number ${at}`)
      await finish(world)
    } finally {
      for (const { hostile } of world.people) hostile.events().close()
    }
  }
  const property = fc.asyncProperty(fc.integer(), badness, fc.array(step, { minLength: 20, maxLength: 120 }), run)
  await fc.assert(property, runsFor(15_000))
}, 3_600_000)
