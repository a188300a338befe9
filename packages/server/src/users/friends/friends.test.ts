import pg from 'pg'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { anyone, signUp, query, databaseUrl } = await startTestServer()

const idsOf = async ({ client }: Person, state: 'accepted' | 'incoming' | 'outgoing') =>
  (await client.users.friends.list({ state })).items.map(({ userId }) => userId)

/** What each of two has of the other, in all lists. */
async function between(one: Person, other: Person) {
  const of = async (person: Person, peer: Person) => {
    const states = ['accepted', 'incoming', 'outgoing'] as const
    const lists = await Promise.all(states.map((state) => person.client.users.friends.list({ state, limit: 200 })))
    return lists.flatMap(({ items }) => items).filter(({ userId }) => userId === peer.user.id)
  }
  return [await of(one, other), await of(other, one)].map((found) => found.map(({ state }) => state))
}

async function friends() {
  const [ann, bob] = [await signUp(), await signUp()]
  await ann.client.users.friends.request({ userId: bob.user.id })
  const friend = await bob.client.users.friends.accept({ userId: ann.user.id })
  return { ann, bob, friend }
}

describe('request', () => {
  test('waits on one side as outgoing, on the other as incoming', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const asked = await ann.client.users.friends.request({ userId: bob.user.id })
    expect(asked).toEqual({ userId: bob.user.id, state: 'outgoing', requestedAt: asked.requestedAt, acceptedAt: null })
    expect(Math.abs(asked.requestedAt.getTime() - Date.now())).toBeLessThan(60_000)
    expect((await bob.client.users.friends.list({ state: 'incoming' })).items).toEqual([
      { ...asked, userId: ann.user.id, state: 'incoming' },
    ])
    expect(await between(ann, bob)).toEqual([['outgoing'], ['incoming']])
  })

  test('again changes nothing, before and after it is accepted', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const userId = bob.user.id
    const asked = await ann.client.users.friends.request({ userId })
    expect(await ann.client.users.friends.request({ userId })).toEqual(asked)
    const accepted = await bob.client.users.friends.accept({ userId: ann.user.id })
    expect(await ann.client.users.friends.request({ userId })).toEqual({ ...accepted, userId })
    expect(await bob.client.users.friends.request({ userId: ann.user.id })).toEqual(accepted)
  })

  test('of both makes friends', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const { requestedAt } = await ann.client.users.friends.request({ userId: bob.user.id })
    const friend = await bob.client.users.friends.request({ userId: ann.user.id })
    expect(friend).toMatchObject({ userId: ann.user.id, state: 'accepted', requestedAt })
    expect(friend.acceptedAt! >= requestedAt).toBe(true)
    expect(await between(ann, bob)).toEqual([['accepted'], ['accepted']])
  })

  test('of both at the same moment makes friends, in one row', async () => {
    const before = await query('select user_low from friendships')
    const pairs = await Promise.all(Array.from({ length: 12 }, async () => [await signUp(), await signUp()] as const))
    await Promise.all(
      pairs.flatMap(([ann, bob]) => [
        ann.client.users.friends.request({ userId: bob.user.id }),
        bob.client.users.friends.request({ userId: ann.user.id }),
      ]),
    )
    for (const [ann, bob] of pairs) expect(await between(ann, bob)).toEqual([['accepted'], ['accepted']])
    expect(await query('select user_low from friendships')).toHaveLength(before.length + pairs.length)
  })

  test('is not for oneself, nor for nobody', async () => {
    const { client, user } = await signUp()
    const gone = await signUp()
    await query(`update users set removed_at = now() where id = $1`, [gone.user.id])
    expect(await codeOf(client.users.friends.request({ userId: user.id }))).toBe('NOT_YOURSELF')
    expect(await codeOf(client.users.friends.request({ userId: newId('user') }))).toBe('NOT_FOUND')
    expect(await codeOf(client.users.friends.request({ userId: gone.user.id }))).toBe('NOT_FOUND')
  })

  test('finds nobody where the account is being removed at that moment', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    const removal = new pg.Client({ connectionString: databaseUrl })
    await removal.connect()
    await removal.query('begin')
    await removal.query(`update users set user_name_key = id, removed_at = now() where id = $1`, [bob.user.id])
    const asked = codeOf(ann.client.users.friends.request({ userId: bob.user.id }))
    await expect
      .poll(() => query("select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"))
      .not.toHaveLength(0)
    await removal.query('commit')
    await removal.end()
    expect(await asked).toBe('NOT_FOUND')
    expect(await query('select 1 from friendships where $1 in (user_low, user_high)', [bob.user.id])).toEqual([])
  })

  test('is bounded: a thousand may wait; who was asked can still be accepted', async () => {
    const { client, user } = await signUp()
    const [asking, other] = [await signUp(), await signUp()]
    await asking.client.users.friends.request({ userId: user.id })
    await query(
      `with people as (
        insert into users (id, user_name, user_name_key) select 'usr_00' || n, n, 'filler' || n from generate_series(1001, 2000) n
        returning id
      )
      insert into friendships (user_low, user_high, requested_by) select id, $1, $1 from people`,
      [user.id],
    )
    expect(await codeOf(client.users.friends.request({ userId: other.user.id }))).toBe('RATE_LIMITED')
    expect(await client.users.friends.request({ userId: asking.user.id })).toMatchObject({ state: 'accepted' })
    await query(`delete from friendships where user_low = 'usr_001001'`)
    expect(await client.users.friends.request({ userId: other.user.id })).toMatchObject({ state: 'outgoing' })
  })
})

describe('accept and decline', () => {
  test('accept makes friends of an incoming request', async () => {
    const { ann, bob, friend } = await friends()
    expect(friend).toMatchObject({ userId: ann.user.id, state: 'accepted' })
    expect(await between(ann, bob)).toEqual([['accepted'], ['accepted']])
  })

  test('decline deletes an incoming request, and the other may ask again', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    await ann.client.users.friends.request({ userId: bob.user.id })
    await bob.client.users.friends.decline({ userId: ann.user.id })
    expect(await between(ann, bob)).toEqual([[], []])
    await ann.client.users.friends.request({ userId: bob.user.id })
    expect(await between(ann, bob)).toEqual([['outgoing'], ['incoming']])
  })

  test.each(['accept', 'decline'] as const)('%s finds no own request, no friend, no stranger, nobody', async (verb) => {
    const { ann, bob } = await friends()
    const stranger = await signUp()
    await ann.client.users.friends.request({ userId: stranger.user.id })
    for (const userId of [stranger.user.id, bob.user.id, newId('user'), ann.user.id]) {
      expect(await codeOf(ann.client.users.friends[verb]({ userId }))).toBe('NOT_FOUND')
    }
    expect(await between(ann, bob)).toEqual([['accepted'], ['accepted']])
    expect(await between(ann, stranger)).toEqual([['outgoing'], ['incoming']])
  })

  test('of accept and withdrawal at once, one wins', async () => {
    for (let run = 0; run < 8; run++) {
      const [ann, bob] = [await signUp(), await signUp()]
      await ann.client.users.friends.request({ userId: bob.user.id })
      const [accepted] = await Promise.all([
        bob.client.users.friends.accept.safe({ userId: ann.user.id }),
        ann.client.users.friends.remove({ userId: bob.user.id }),
      ])
      expect(await between(ann, bob)).toEqual([[], []])
      if (!accepted.ok) expect(accepted.error.code).toBe('NOT_FOUND')
    }
  })
})

describe('remove', () => {
  test('ends a friendship from either side', async () => {
    for (const side of ['ann', 'bob'] as const) {
      const pair = await friends()
      const other = side === 'ann' ? pair.bob : pair.ann
      await pair[side].client.users.friends.remove({ userId: other.user.id })
      expect(await between(pair.ann, pair.bob)).toEqual([[], []])
    }
  })

  test('withdraws the own request, not that of the other', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    await ann.client.users.friends.request({ userId: bob.user.id })
    expect(await codeOf(bob.client.users.friends.remove({ userId: ann.user.id }))).toBe('NOT_FOUND')
    await ann.client.users.friends.remove({ userId: bob.user.id })
    expect(await between(ann, bob)).toEqual([[], []])
    expect(await codeOf(ann.client.users.friends.remove({ userId: bob.user.id }))).toBe('NOT_FOUND')
    expect(await codeOf(ann.client.users.friends.remove({ userId: newId('user') }))).toBe('NOT_FOUND')
  })
})

describe('list', () => {
  test('pages through each state, each person once, in order', async () => {
    const early = [await signUp(), await signUp(), await signUp()]
    const me = await signUp()
    const late = [await signUp(), await signUp(), await signUp()]
    const expected = { accepted: [] as string[], incoming: [] as string[], outgoing: [] as string[] }
    for (const [at, other] of [...early, ...late].entries()) {
      const state = (['accepted', 'incoming', 'outgoing'] as const)[at % 3]!
      if (state !== 'incoming') await me.client.users.friends.request({ userId: other.user.id })
      if (state !== 'outgoing') await other.client.users.friends.request({ userId: me.user.id })
      expected[state].push(other.user.id)
    }
    for (const state of ['accepted', 'incoming', 'outgoing'] as const) {
      const seen: string[] = []
      for await (const friend of me.client.users.friends.list.all({ state, limit: 1 })) {
        expect(friend.state).toBe(state)
        seen.push(friend.userId)
      }
      expect(seen).toEqual(expected[state].sort())
      expect(await idsOf(me, state)).toEqual(seen)
    }
    expect((await me.client.users.friends.list()).items.map(({ userId }) => userId)).toEqual(expected.accepted)
  })

  test('refuses what is no cursor, no state, no page', async () => {
    const { client } = await signUp()
    expect(await codeOf(client.users.friends.list({ cursor: 'bogus' }))).toBe('BAD_CURSOR')
    expect(await codeOf(client.users.friends.list({ limit: 201 }))).toBe('INVALID_INPUT')
    expect(await codeOf(client.users.friends.list({ state: 'blocked' as 'accepted' }))).toBe('INVALID_INPUT')
  })
})

test('every call wants somebody who is signed in, and an id of a user', async () => {
  const { client } = await signUp()
  expect(await codeOf(anyone.users.friends.list())).toBe('NOT_SIGNED_IN')
  for (const verb of ['request', 'accept', 'decline', 'remove'] as const) {
    expect(await codeOf(anyone.users.friends[verb]({ userId: newId('user') }))).toBe('NOT_SIGNED_IN')
    expect(await codeOf(client.users.friends[verb]({ userId: newId('room') as `usr_${string}` }))).toBe('INVALID_INPUT')
  }
})
