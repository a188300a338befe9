import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { anyone, signUp, query } = await startTestServer()

const states = ['accepted', 'incoming', 'outgoing'] as const

async function friendsOf({ client }: Person) {
  const lists = await Promise.all(states.map((state) => client.users.friends.list({ state })))
  return lists.flatMap(({ items }) => items).map(({ userId, state }) => [userId, state])
}

async function people() {
  const [ann, bob] = [await signUp(), await signUp()]
  return {
    ...{ ann, bob },
    block: () => ann.client.users.blocks.add({ userId: bob.user.id }),
    unblock: () => ann.client.users.blocks.remove({ userId: bob.user.id }),
    annAsks: () => ann.client.users.friends.request({ userId: bob.user.id }),
    bobAsks: () => bob.client.users.friends.request({ userId: ann.user.id }),
  }
}

describe('add', () => {
  test('blocks, once', async () => {
    const { ann, bob, block } = await people()
    const added = await block()
    expect(added).toEqual({ userId: bob.user.id, createdAt: added.createdAt })
    expect(await block()).toEqual(added)
    expect(await Promise.all(Array.from({ length: 5 }, block))).toEqual(Array.from({ length: 5 }, () => added))
    expect((await ann.client.users.blocks.list()).items).toEqual([added])
    expect((await bob.client.users.blocks.list()).items).toEqual([])
  })

  test('ends a friendship', async () => {
    const { ann, bob, block, annAsks, bobAsks } = await people()
    await annAsks()
    await bobAsks()
    await block()
    expect([await friendsOf(ann), await friendsOf(bob)]).toEqual([[], []])
  })

  test('withdraws the own request', async () => {
    const { ann, bob, block, annAsks } = await people()
    await annAsks()
    await block()
    expect([await friendsOf(ann), await friendsOf(bob)]).toEqual([[], []])
  })

  test('is not for oneself, nor for nobody', async () => {
    const { client, user } = await signUp()
    const gone = await signUp()
    await query(`update users set removed_at = now() where id = $1`, [gone.user.id])
    expect(await codeOf(client.users.blocks.add({ userId: user.id }))).toBe('NOT_YOURSELF')
    expect(await codeOf(client.users.blocks.add({ userId: newId('user') }))).toBe('NOT_FOUND')
    expect(await codeOf(client.users.blocks.add({ userId: gone.user.id }))).toBe('NOT_FOUND')
  })
})

describe('requests across a block', () => {
  test.each(['before', 'after'])('of the blocked person, made %s it, stay with them alone', async (when) => {
    const { ann, bob, block, bobAsks } = await people()
    const asked = when === 'before' ? await bobAsks() : undefined
    await block()
    const shown = await bobAsks()
    expect(shown).toEqual({ ...shown, userId: ann.user.id, state: 'outgoing', acceptedAt: null })
    if (asked !== undefined) expect(shown).toEqual(asked)
    expect(await friendsOf(bob)).toEqual([[ann.user.id, 'outgoing']])
    expect(await friendsOf(ann)).toEqual([])
    for (const verb of ['accept', 'decline', 'remove'] as const) {
      expect(await codeOf(ann.client.users.friends[verb]({ userId: bob.user.id }))).toBe('NOT_FOUND')
    }
    expect(await friendsOf(bob)).toEqual([[ann.user.id, 'outgoing']])
    await bob.client.users.friends.remove({ userId: ann.user.id })
    expect(await friendsOf(bob)).toEqual([])
  })

  test('of the blocker are refused, and make no friends', async () => {
    const { ann, bob, block, annAsks, bobAsks } = await people()
    await block()
    expect(await codeOf(annAsks())).toBe('BLOCKED')
    await bobAsks()
    expect(await codeOf(annAsks())).toBe('BLOCKED')
    expect(await friendsOf(bob)).toEqual([[ann.user.id, 'outgoing']])
  })

  test('that were hidden are gone with the block, and both start anew', async () => {
    const { ann, bob, block, unblock, annAsks, bobAsks } = await people()
    await bobAsks()
    await block()
    await unblock()
    expect([await friendsOf(ann), await friendsOf(bob)]).toEqual([[], []])
    expect((await annAsks()).state).toBe('outgoing')
    expect((await bobAsks()).state).toBe('accepted')
  })

  test('however asking, accepting and blocking race, nobody is friends across a block', async () => {
    for (let run = 0; run < 12; run++) {
      const { ann, bob, block, annAsks, bobAsks } = await people()
      if (run % 3 === 0) await bobAsks()
      if (run % 3 === 1) await annAsks()
      await Promise.allSettled([
        ...[annAsks(), block(), bobAsks(), annAsks(), bobAsks()],
        ann.client.users.friends.accept({ userId: bob.user.id }),
        bob.client.users.friends.accept({ userId: ann.user.id }),
      ])
      expect(await friendsOf(ann)).toEqual([])
      expect(await codeOf(annAsks())).toBe('BLOCKED')
      const seen = await friendsOf(bob)
      expect(seen.filter(([, state]) => state !== 'outgoing')).toEqual([])
    }
  })

  test('both may block each other', async () => {
    const { ann, bob, block, unblock, annAsks, bobAsks } = await people()
    await bobAsks()
    await block()
    await bob.client.users.blocks.add({ userId: ann.user.id })
    expect(await friendsOf(bob)).toEqual([])
    expect([await codeOf(annAsks()), await codeOf(bobAsks())]).toEqual(['BLOCKED', 'BLOCKED'])
    await unblock()
    expect((await annAsks()).state).toBe('outgoing')
    expect([await friendsOf(ann), await friendsOf(bob)]).toEqual([[[bob.user.id, 'outgoing']], []])
    expect(await codeOf(bobAsks())).toBe('BLOCKED')
  })
})

test('a block takes both out of what the other finds', async () => {
  const { ann, bob, block, unblock } = await people()
  const finds = async (one: Person, other: Person) =>
    (await one.client.users.list({ search: other.user.userName })).items.some(({ id }) => id === other.user.id)
  await block()
  expect([await finds(ann, bob), await finds(bob, ann)]).toEqual([false, false])
  await unblock()
  expect([await finds(ann, bob), await finds(bob, ann)]).toEqual([true, true])
})

test('remove finds no block that is not there', async () => {
  const { ann, bob, block, unblock } = await people()
  expect(await codeOf(unblock())).toBe('NOT_FOUND')
  await block()
  expect(await codeOf(bob.client.users.blocks.remove({ userId: ann.user.id }))).toBe('NOT_FOUND')
  await unblock()
  expect(await codeOf(unblock())).toBe('NOT_FOUND')
  expect(await codeOf(ann.client.users.blocks.remove({ userId: newId('user') }))).toBe('NOT_FOUND')
})

test('list pages through the blocks, each once, in order', async () => {
  const others = [await signUp(), await signUp(), await signUp(), await signUp(), await signUp()]
  const { client } = await signUp()
  for (const { user } of others) await client.users.blocks.add({ userId: user.id })
  const seen: string[] = []
  for await (const block of client.users.blocks.list.all({ limit: 2 })) seen.push(block.userId)
  expect(seen).toEqual(others.map(({ user }) => user.id).sort())
  expect(await codeOf(client.users.blocks.list({ cursor: 'bogus' }))).toBe('BAD_CURSOR')
  expect(await codeOf(client.users.blocks.list({ limit: 0 }))).toBe('INVALID_INPUT')
})

test('every call wants somebody who is signed in, and an id of a user', async () => {
  const { client } = await signUp()
  expect(await codeOf(anyone.users.blocks.list())).toBe('NOT_SIGNED_IN')
  for (const verb of ['add', 'remove'] as const) {
    expect(await codeOf(anyone.users.blocks[verb]({ userId: newId('user') }))).toBe('NOT_SIGNED_IN')
    expect(await codeOf(client.users.blocks[verb]({ userId: 'bob' as `usr_${string}` }))).toBe('INVALID_INPUT')
  }
})
