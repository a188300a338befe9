import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../test/server.ts'

type RoomId = `rom_${string}`

const { signUp, query } = await startTestServer()

async function pair() {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: roomId } = await ann.client.messages.rooms.direct({ userId: bob.user.id })
  return { ann, bob, roomId, block: () => ann.client.users.blocks.add({ userId: bob.user.id }) }
}

const send = ({ client }: Person, roomId: RoomId, body: string) => client.messages.send({ roomId, body })

async function listOf({ client }: Person, roomId: RoomId, limit = 3) {
  const bodies: string[] = []
  for await (const message of client.messages.list.all({ roomId, limit })) bodies.unshift(message.body)
  return bodies
}

/** The bodies of a room by its ranges, each of which has to begin where the one before ended. */
async function foldOf({ client }: Person, roomId: RoomId, limit = 3) {
  const bodies: string[] = []
  for (let after = 0; ; ) {
    const range = await client.messages.since({ roomId, after, limit })
    expect(range.from).toBe(after)
    expect(range.to).toBe(Math.min(after + limit, range.lastSeq))
    for (const event of range.events) {
      expect(event.seq > range.from && event.seq <= range.to).toBe(true)
      if (event.kind === 'message.sent') bodies.push(event.message.body)
    }
    after = range.to
    if (after === range.lastSeq) return bodies
  }
}

const seenBy = async (person: Person, roomId: RoomId) => {
  const bodies = await listOf(person, roomId)
  expect(await foldOf(person, roomId)).toEqual(bodies)
  return bodies
}

describe('what a blocked person sends to the direct room', () => {
  test('is taken as ever, and seen by them alone', async () => {
    const { ann, bob, roomId, block } = await pair()
    const before = await send(bob, roomId, 'Hello')
    await block()
    const hidden = await send(bob, roomId, 'Are you there?')
    expect(Object.keys(hidden).sort()).toEqual(Object.keys(before).sort())
    expect(hidden).toMatchObject({
      seq: before.seq + 1,
      senderId: bob.user.id,
      body: 'Are you there?',
      duplicate: false,
    })
    expect(await seenBy(bob, roomId)).toEqual(['Hello', 'Are you there?'])
    expect(await seenBy(ann, roomId)).toEqual([])
    await ann.client.users.blocks.remove({ userId: bob.user.id })
    expect(await seenBy(ann, roomId)).toEqual(['Hello'])
  })

  test('has one effect per clientId, and a retry gets the message back', async () => {
    const { ann, bob, roomId, block } = await pair()
    await block()
    const message = { roomId, body: 'Once', clientId: 'key-1' }
    const sent = await Promise.all(Array.from({ length: 6 }, () => bob.client.messages.send(message)))
    expect(sent.filter(({ duplicate }) => !duplicate)).toHaveLength(1)
    expect(new Set(sent.map(({ seq }) => seq)).size).toBe(1)
    expect(await codeOf(bob.client.messages.send({ ...message, body: 'Other' }))).toBe('CLIENT_ID_REUSED')
    expect([await seenBy(bob, roomId), await seenBy(ann, roomId)]).toEqual([['Once'], []])
  })

  test('stays hidden when the block is removed; what comes then is seen', async () => {
    const { ann, bob, roomId, block } = await pair()
    await block()
    await send(bob, roomId, 'Unheard')
    await ann.client.users.blocks.remove({ userId: bob.user.id })
    await send(bob, roomId, 'Heard')
    await send(ann, roomId, 'Hi')
    expect(await seenBy(ann, roomId)).toEqual(['Heard', 'Hi'])
    expect(await seenBy(bob, roomId)).toEqual(['Unheard', 'Heard', 'Hi'])
  })

  test('is absent from ranges, not a hole in them: also where it comes last, and where it is all', async () => {
    const { ann, bob, roomId, block } = await pair()
    await send(bob, roomId, 'one')
    await block()
    for (const body of ['two', 'three', 'four']) await send(bob, roomId, body)
    const all = await ann.client.messages.since({ roomId, after: 0 })
    expect(all).toMatchObject({ from: 0, to: 5, lastSeq: 5 })
    expect(all.events.map(({ seq }) => seq)).toEqual([1])
    const middle = await ann.client.messages.since({ roomId, after: 2, limit: 2 })
    expect(middle).toEqual({ roomId, from: 2, to: 4, lastSeq: 5, sight: expect.any(Number) as number, events: [] })
    expect(await ann.client.messages.since({ roomId, after: 4 })).toMatchObject({ from: 4, to: 5, events: [] })
    expect(await ann.client.messages.since({ roomId, after: 5 })).toMatchObject({ from: 5, to: 5, events: [] })
  })

  test('takes no room in the lists of the other', async () => {
    const { ann, bob, roomId, block } = await pair()
    await send(ann, roomId, 'first')
    await block()
    for (let at = 0; at < 40; at++) await send(bob, roomId, '😀'.repeat(4_000))
    const page = await ann.client.messages.list({ roomId })
    expect([page.items.map(({ body }) => body), page.nextCursor]).toEqual([['first'], null])
  })
})

type Said = { by: number; body: string }

test('whoever blocks and sends in whatever order, each sees what the other was let say, while not blocking', async () => {
  const step = fc.record({
    who: fc.constantFrom(0, 1),
    what: fc.constantFrom('send', 'send', 'send', 'block', 'unblock'),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const { ann, bob, roomId } = await pair()
      const people = [ann, bob] as const
      const blocks = [false, false]
      const expected: [Said[], Said[]] = [[], []]
      for (const [at, { who, what }] of steps.entries()) {
        const [me, other] = [people[who]!, people[1 - who]!]
        if (what !== 'send') {
          const { blocks: calls } = me.client.users
          const call = what === 'block' ? calls.add : calls.remove
          const known = await call({ userId: other.user.id }).then(
            () => true,
            () => false,
          )
          expect(known).toBe(what === 'block' || blocks[who])
          blocks[who] = what === 'block'
          continue
        }
        if (blocks[who]) {
          expect(await codeOf(send(me, roomId, 'refused'))).toBe('BLOCKED')
          continue
        }
        await send(me, roomId, `m${at}`)
        const said = { by: who, body: `m${at}` }
        expected[who]!.push(said)
        if (!blocks[1 - who]) expected[1 - who]!.push(said)
      }
      for (const [viewer, person] of people.entries()) {
        const seen = expected[viewer]!.filter(({ by }) => by === viewer || !blocks[viewer])
        expect(await seenBy(person, roomId)).toEqual(seen.map(({ body }) => body))
      }
    }),
    { numRuns: 15 },
  )
})

describe('the blocker', () => {
  test('cannot send to the direct room; nothing is written', async () => {
    const { ann, roomId, block } = await pair()
    await block()
    const refused = await ann.client.messages.send.safe({ roomId, body: 'Hello', clientId: 'key-2' })
    expect(refused).toMatchObject({ ok: false, error: { code: 'BLOCKED', status: 409 } })
    expect((await ann.client.messages.since({ roomId, after: 0 })).lastSeq).toBe(1)
  })

  test('gets a message back that was sent before the block', async () => {
    const { ann, roomId, block } = await pair()
    const message = { roomId, body: 'Hello', clientId: 'key-3' }
    const sent = await ann.client.messages.send(message)
    await block()
    expect(await ann.client.messages.send(message)).toEqual({ ...sent, duplicate: true })
    expect(await codeOf(ann.client.messages.send({ ...message, body: 'Other' }))).toBe('CLIENT_ID_REUSED')
  })

  test('finds the direct room, but not in the list of rooms, where it cannot move up', async () => {
    const { ann, bob, roomId, block } = await pair()
    const group = await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
    const notes = await ann.client.messages.rooms.direct({ userId: ann.user.id })
    const rooms = async ({ client }: Person) => {
      const ids: string[] = []
      for await (const { id } of client.messages.rooms.list.all({ limit: 1 })) ids.push(id)
      return [...new Set(ids)]
    }
    await block()
    await send(bob, roomId, 'Knock, knock')
    expect(await rooms(ann)).toEqual([notes.id, group.id])
    expect(await rooms(bob)).toEqual([roomId, group.id])
    expect((await ann.client.messages.rooms.direct({ userId: bob.user.id })).id).toBe(roomId)
    expect((await bob.client.messages.rooms.direct({ userId: ann.user.id })).id).toBe(roomId)
    await ann.client.users.blocks.remove({ userId: bob.user.id })
    expect(await rooms(ann)).toEqual([roomId, notes.id, group.id])
  })

  test('makes no new direct room; the blocked person does, as ever', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    await ann.client.users.blocks.add({ userId: bob.user.id })
    expect(await codeOf(ann.client.messages.rooms.direct({ userId: bob.user.id }))).toBe('BLOCKED')
    expect(await query('select 1 from direct_rooms where $1 in (user_low, user_high)', [ann.user.id])).toEqual([])
    const room = await bob.client.messages.rooms.direct({ userId: ann.user.id })
    expect(room).toMatchObject({ kind: 'direct', peerId: ann.user.id, lastSeq: 1 })
    await send(bob, room.id, 'Hello')
    expect((await ann.client.messages.rooms.list()).items).toEqual([])
    expect((await ann.client.messages.rooms.direct({ userId: bob.user.id })).id).toBe(room.id)
    expect([await seenBy(ann, room.id), await seenBy(bob, room.id)]).toEqual([[], ['Hello']])
  })
})

test('in groups what the blocked send is hidden from the blocker, while the block stands', async () => {
  const { ann, bob, block } = await pair()
  const { id } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
  await block()
  await send(bob, id, 'one')
  await send(ann, id, 'two')
  expect([await seenBy(ann, id), await seenBy(bob, id)]).toEqual([['two'], ['one', 'two']])
  await ann.client.users.blocks.remove({ userId: bob.user.id })
  expect(await seenBy(ann, id)).toEqual(['one', 'two'])
})

test('notes to oneself are as ever for who blocks and is blocked', async () => {
  const { ann, bob, block } = await pair()
  await block()
  await bob.client.users.blocks.add({ userId: ann.user.id })
  const notes = await ann.client.messages.rooms.direct({ userId: ann.user.id })
  await send(ann, notes.id, 'Remember the score')
  expect(await seenBy(ann, notes.id)).toEqual(['Remember the score'])
})
