import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Person, passwordOf, startTestServer } from '../../server.ts'
import { type Badness, HostileNetwork } from '../hostile.ts'
import { forAWhile, runs, seed } from '../runs.ts'
import { until } from '../world.ts'
import type { Act } from './act.ts'
import { expectFetches, expectNoLeak, expectRooms, expectView, type World } from './check.ts'
import { Model } from './model.ts'
import { somebody, takeOnServer } from './people.ts'
import { ModelRoom } from './room.ts'

const one = await startTestServer()
const two = await startTestServer({ database: one.databaseUrl })

const strict = { noNullPrototype: true }
const often = fc.integer({ min: 0, max: 40 }).map((percent) => percent / 100)
const badness: fc.Arbitrary<Badness> = fc.record(
  {
    ...{ lostCalls: often, lostFrames: often, doubledFrames: often, lateFrames: often },
    // A stream that was cut is away for a while.
    ...{ cuts: often.map((share) => share / 20), delayMs: fc.integer({ min: 0, max: 20 }) },
  },
  strict,
)

const [people, rooms, direct] = [3, 3, 2]
const verbs: Record<Act['verb'] | 'look' | 'cut' | 'pause' | 'quarrel' | 'absence', number> = {
  ...{ send: 10, edit: 3, remove: 2, react: 2, unreact: 1 },
  ...{ join: 5, leave: 3, addMember: 3, removeMember: 2, ban: 1, unban: 1, setRole: 2, end: 1 },
  ...{ setHistory: 4, setAccess: 1, archive: 1, markDelivered: 1, markRead: 4, block: 3, unblock: 2 },
  ...{ look: 3, cut: 1, pause: 8, quarrel: 3, absence: 5 },
}
const step = fc.record(
  {
    verb: fc.constantFrom(...weighted(verbs)),
    who: fc.nat({ max: people - 1 }),
    whom: fc.nat({ max: people - 1 }),
    room: fc.nat({ max: rooms - 1 }),
    pick: fc.nat({ max: 10_000 }),
    either: fc.boolean(),
  },
  strict,
)

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function weighted<Name extends string>(weights: Record<Name, number>): Name[] {
  return (Object.entries(weights) as [Name, number][]).flatMap(([name, weight]) => Array<Name>(weight).fill(name))
}

let signedUp = 0

/** Somebody from an address of their own, since an address signs up so many people an hour. */
async function signUp(): Promise<Person> {
  const address = `10.${(++signedUp >> 16) & 255}.${(signedUp >> 8) & 255}.${signedUp & 255}`
  const userName = `model${signedUp}`
  const named = { userName, email: `${userName}@example.com`, password: passwordOf(userName) }
  const { user, token } = await one.from(address).users.signUp(named)
  return { user, token, client: one.from(address, token) }
}

/** Three people, two groups that they come and go in, and a direct room. Views have loaded before the network gets bad. */
async function begin(random: number, bad: Badness): Promise<World> {
  const persons = await Promise.all(Array.from({ length: people }, signUp))
  const [, bob, cleo] = persons.map(({ user }) => user.id)
  const [hers, his] = [persons[0]!.client.messages.rooms, persons[1]!.client.messages.rooms]
  const roomIds = [
    (await hers.create({ name: 'Shared', access: 'open', memberIds: [bob!, cleo!] })).id,
    (await his.create({ name: 'Joined', access: 'open', history: 'joined' })).id,
    (await hers.direct({ userId: bob! })).id,
  ]
  const model = new Model([
    ...[new ModelRoom('group', 'shared', 0, [1, 2]), new ModelRoom('group', 'joined', 1, [])],
    new ModelRoom('direct', 'shared', 0, [1]),
  ])
  const instances = [one, two]
  const all = persons.map((person, who) =>
    somebody(who, { person, network: new HostileNetwork(random + who), at: instances[who % 2]! }, roomIds),
  )
  await until(() => {
    for (const { hostile, views } of all) {
      expect(hostile.events().status.state).toBe('open')
      for (const view of views) expect(view.status).toMatch(/live|gone/)
    }
  })
  for (const { network } of all) network.turnBad(bad)
  return { model, roomIds, people: all }
}

/** What a step comes to: one thing, or a few that together matter more than by chance. */
function actsOf({ verb, who, whom, room, pick, either }: Step): Step[] {
  const common = { who, whom, room, pick, either }
  if (verb === 'quarrel') {
    // Between the two of the direct room.
    const [one, other] = either ? [0, 1] : [1, 0]
    const act = { ...common, whom: other, who: one, room: direct }
    const answer = { ...act, verb: 'send', who: other, either: false } as const
    return [{ ...act, verb: 'block' }, answer, ...(pick % 3 > 0 ? [{ ...act, verb: 'unblock' } as const, answer] : [])]
  }
  if (verb === 'absence') {
    const away = { ...common, room: room % direct }
    const send = { ...away, verb: 'send', either: false } as const
    const gone = either ? { ...away, verb: 'leave', who: whom } : { ...away, verb: 'removeMember' }
    const back = pick % 2 === 0 ? { ...away, verb: 'join', who: whom } : { ...away, verb: 'addMember' }
    const history = { ...away, verb: 'setHistory', either: pick % 5 < 2 } as const
    return [gone as Step, send, ...(pick % 7 < 2 ? [history, send] : []), back as Step]
  }
  return [{ verb, ...common }]
}

async function take(world: World, { verb, who, whom, room, pick, either }: Step, body: string): Promise<void> {
  const { model, people, roomIds } = world
  if (verb === 'look') await expectFetches(world, who, room)
  else if (verb === 'cut') people[who]?.network.cut()
  else if (verb === 'pause') await new Promise((resolve) => setTimeout(resolve, pick % 60))
  else if (verb !== 'quarrel' && verb !== 'absence') {
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
      for (const [at, one] of steps.flatMap(actsOf).entries()) await take(world, one, `Number ${at}`)
      await finish(world)
    } finally {
      for (const { hostile } of world.people) hostile.events().close()
    }
  }
  const steps = fc.array(step, { minLength: 20, maxLength: 120 })
  await fc.assert(fc.asyncProperty(fc.integer(), badness, steps, forAWhile(15_000, run)), runs())
}, 3_600_000)
