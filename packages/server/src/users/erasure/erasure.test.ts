import { createClient } from '@antiphon/client'
import { describe, expect, test, vi } from 'vitest'
import { overtake } from '../../../test/overtake.ts'
import { codeOf, type Person, passwordOf, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { holdClock, outcomes, protect, shown, wrongOne } from '../mfa/mfa.fixture.ts'

const server = await startTestServer()
const { url, antiphon, anyone, from, signUp, signUpAdmin, query } = server
holdClock()

const mine = ({ user }: Pick<Person, 'user'>) => ({ password: passwordOf(user.userName) })
const isThere = async ({ user }: Pick<Person, 'user'>) =>
  (await query('select 1 from users where id = $1 and removed_at is null', [user.id])).length === 1

describe('removing oneself', () => {
  test('needs the password', async () => {
    const person = await signUp()
    for (const input of [{}, { password: 'wrong' }, { userId: person.user.id, password: 'wrong' }]) {
      const refused = await person.client.users.remove.safe(input)
      expect(refused).toMatchObject({ ok: false, error: { code: 'WRONG_PASSWORD', fields: [{ path: 'password' }] } })
    }
    expect(await isThere(person)).toBe(true)
    await person.client.users.remove(mine(person))
    expect(await isThere(person)).toBe(false)
    expect(await codeOf(person.client.users.remove(mine(person)))).toBe('TOKEN_INVALID')
  })

  test('needs a code where a second factor is on', async () => {
    const person = await protect(url, await signUp())
    expect(await codeOf(person.client.users.remove(mine(person)))).toBe('MFA_REQUIRED')
    const code = await wrongOne(person.secret)
    expect(await codeOf(person.client.users.remove({ ...mine(person), code }))).toBe('WRONG_CODE')
    await person.client.users.remove({ ...mine(person), code: await shown(person.secret, 1) })
    expect(await isThere(person)).toBe(false)
  })

  test('needs no password of an account that has none', async () => {
    const person = await signUp()
    await query('update users set password_hash = null where id = $1', [person.user.id])
    await person.client.users.remove()
    expect(await isThere(person)).toBe(false)
  })

  test('is not done through a key, of whatever kind', async () => {
    const [person, admin] = [await signUp(), await signUpAdmin()]
    const own = await person.client.users.apiKeys.create({ name: 'Robot', scopes: ['users:write'] })
    const service = await admin.client.users.apiKeys.create({
      ...{ name: 'Payroll', kind: 'service' },
      scopes: ['users:write', 'act-as'],
    })
    const keys = [
      createClient({ url, token: own.secret }),
      createClient({ url, token: service.secret }).as(person.user.id),
    ]
    for (const client of keys) {
      for (const input of [mine(person), { ...mine(person), userId: person.user.id }])
        expect(await codeOf(client.users.remove(input))).toBe('NOT_ALLOWED')
    }
    expect(await isThere(person)).toBe(true)
  })

  test('cannot be kept from anybody by taking their id as a user name', async () => {
    const person = await signUp()
    await anyone.users.signUp({ userName: person.user.id, email: 'thief@example.com', password: 'a long password' })
    await person.client.users.remove(mine(person))
    expect(await isThere(person)).toBe(false)
  })
})

describe('removing others', () => {
  test('is for administrators and services', async () => {
    const [admin, stranger, one, other] = [await signUpAdmin(), await signUp(), await signUp(), await signUp()]
    expect(await codeOf(stranger.client.users.remove({ userId: one.user.id, ...mine(one) }))).toBe('NOT_ALLOWED')
    await from('192.0.2.9', admin.token).users.remove({ userId: one.user.id })
    const service = await admin.client.users.apiKeys.create({ name: 'HR', kind: 'service', scopes: ['users:write'] })
    await createClient({ url, token: service.secret }).users.remove({ userId: other.user.id })
    expect([await isThere(one), await isThere(other)]).toEqual([false, false])
    // Who did it, and from where, stays.
    const log = `select user_id as "userId", service, address from audit_log
      where action = 'users.remove' and target = any ($1) order by id`
    expect(await query(log, [[one.user.id, other.user.id]])).toEqual([
      { userId: admin.user.id, service: null, address: '192.0.2.9' },
      { userId: null, service: 'HR', address: '127.0.0.1' },
    ])
  })

  test('needs a code where the administrator has a second factor', async () => {
    const [person, admin] = [await signUp(), await protect(url, await signUpAdmin())]
    const { userId } = { userId: person.user.id }
    expect(await codeOf(admin.client.users.remove({ userId }))).toBe('MFA_REQUIRED')
    await admin.client.users.remove({ userId, code: await shown(admin.secret, 1) })
    expect(await isThere(person)).toBe(false)
  })

  test('answers for nobody and for somebody removed alike', async () => {
    const [admin, person] = [await signUpAdmin(), await signUp()]
    const { userId } = { userId: person.user.id }
    await admin.client.users.remove({ userId })
    const answers = await Promise.all(
      [userId, newId('user')].map((id) => admin.client.users.remove.safe({ userId: id })),
    )
    const [again, never] = answers.map((answer) => !answer.ok && [answer.error.code, answer.error.message])
    expect(again).toEqual(never)
    expect(again).toContain('NOT_FOUND')
    expect(await query(`select 1 from audit_log where action = 'users.remove' and target = $1`, [userId])).toHaveLength(
      1,
    )
  })

  test('in the process goes by the same rules', async () => {
    const [admin, person] = [await signUpAdmin(), await signUp()]
    await antiphon.caller({ service: 'cleaner' }).users.remove({ userId: person.user.id })
    expect(await isThere(person)).toBe(false)
    const { users } = antiphon.caller({ service: 'cleaner' })
    await expect(users.remove({})).rejects.toMatchObject({ details: { code: 'INVALID_INPUT' } })
    const gone = antiphon.caller({ userId: person.user.id }).users.me()
    await expect(gone).rejects.toMatchObject({ details: { code: 'TOKEN_INVALID' } })
    expect(await isThere(admin)).toBe(true)
  })
})

describe('the last administrator', () => {
  const onlyAdmins = async (...people: Person[]) => {
    await query(`update users set roles = '{}' where 'admin' = any (roles)`)
    await query(`update users set roles = '{admin}' where id = any ($1)`, [people.map(({ user }) => user.id)])
  }

  test('stays, whoever asks; the last but one may go', async () => {
    const [last, other, person] = [await signUp(), await signUp(), await signUp()]
    await onlyAdmins(last, other)
    await person.client.users.remove(mine(person))
    await other.client.users.remove(mine(other))
    expect(await codeOf(last.client.users.remove(mine(last)))).toBe('LAST_ADMIN')
    const byService = antiphon.caller({ service: 'cleaner' }).users.remove({ userId: last.user.id })
    await expect(byService).rejects.toMatchObject({ details: { code: 'LAST_ADMIN' } })
    expect((await last.client.users.me()).roles).toEqual(['admin'])
  })

  test('also where two remove each other, or themselves, at once', async () => {
    for (let round = 0; round < 3; round++) {
      const [one, other] = [await signUp(), await signUp()]
      await onlyAdmins(one, other)
      const eachOther = () => [
        one.client.users.remove({ userId: other.user.id }),
        other.client.users.remove({ userId: one.user.id }),
      ]
      const themselves = () => [one.client.users.remove(mine(one)), other.client.users.remove(mine(other))]
      const told = await outcomes(round === 0 ? eachOther() : themselves())
      expect(told[1]).toBe('ok')
      expect(['LAST_ADMIN', 'TOKEN_INVALID', 'NOT_FOUND']).toContain(told[0])
      expect([await isThere(one), await isThere(other)].filter(Boolean)).toHaveLength(1)
    }
  })
})

describe('at the same time', () => {
  /** What calls came to while others were made, without a retry. */
  const patient = (token: string) => createClient({ url, token, maxRetries: 0 })

  test('of several removals of one person, one succeeds', async () => {
    const [admin, person] = [await signUpAdmin(), await signUp()]
    const calls = Array.from({ length: 4 }, () => patient(admin.token).users.remove({ userId: person.user.id }))
    expect(await outcomes(calls)).toEqual(['NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', 'ok'])
  })

  test('somebody who sends, and others who do, get plain answers', async () => {
    for (let round = 0; round < 4; round++) {
      const [person, friend, admin] = [await signUp(), await signUp(), await signUpAdmin()]
      const rooms: string[] = []
      for (let count = 0; count < 3; count++) {
        const memberIds = [friend.user.id, admin.user.id]
        rooms.push((await person.client.messages.rooms.create({ name: `Room ${count}`, memberIds })).id)
      }
      rooms.push((await person.client.messages.rooms.direct({ userId: friend.user.id })).id)
      let isOver = false
      const told = { person: new Set<string>(), others: new Set<string>() }
      const keepSending = async (token: string, at: number, answers: Set<string>) => {
        const { messages } = patient(token)
        const roomId = rooms[at % rooms.length] as `rom_${string}`
        while (!isOver) {
          const sent = await messages.send.safe({ roomId, body: 'Still here' })
          answers.add(sent.ok ? 'ok' : sent.error.code)
          if (!sent.ok) return
        }
      }
      const senders = Array.from({ length: 8 }, (_, at) => [
        keepSending(person.token, at, told.person),
        ...(at < 3 ? [keepSending(friend.token, at, told.others), keepSending(admin.token, at, told.others)] : []),
      ]).flat()
      await vi.waitFor(() => expect([told.person.size, told.others.size]).toEqual([1, 1]))
      if (round % 2 === 0) await patient(admin.token).users.remove({ userId: person.user.id })
      else await patient(person.token).users.remove(mine(person))
      isOver = true
      await Promise.all(senders)
      expect([...told.others]).toEqual(['ok'])
      expect(['ok', 'NOT_FOUND', 'TOKEN_INVALID']).toEqual(expect.arrayContaining([...told.person]))
      const { events } = await friend.client.messages.since({ roomId: rooms[0] as `rom_${string}`, after: 0 })
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
      expect(events.filter(({ kind }) => kind === 'member.left')).toHaveLength(1)
    }
  })

  const removal = `update users set removed_at = now(), user_name_key = 'removed ' || id, roles = '{}' where id = $1`
  test.each<[string, string, (person: Person, friend: Person) => Promise<unknown>]>([
    [
      'room',
      'room_members.user_id',
      ({ user }, friend) => friend.client.messages.rooms.create({ name: 'Garden', memberIds: [user.id] }),
    ],
    ['own room', 'room_members.user_id', ({ client }) => client.messages.rooms.create({ name: 'Garden' })],
    [
      'direct room',
      'room_members.user_id',
      ({ user }, friend) => friend.client.messages.rooms.direct({ userId: user.id }),
    ],
    ['key', 'api_keys.owner_id', ({ client }) => client.users.apiKeys.create({ name: 'Late', scopes: ['users:read'] })],
    ['presence', 'presences.user_id', ({ client }) => client.users.presence.set({ status: 'busy' })],
    [
      'friendship',
      'friendships.user_low',
      ({ user }, friend) => friend.client.users.friends.request({ userId: user.id }),
    ],
    ['block', 'blocks.blocked_id', ({ user }, friend) => friend.client.users.blocks.add({ userId: user.id })],
    ['device', 'devices.user_id', ({ user }) => anyone.users.signIn({ identifier: user.userName, ...mine({ user }) })],
  ])('a removal leaves no %s that was made meanwhile', async (_what, column, work) => {
    const [person, friend] = [await signUp(), await signUp()]
    await query(`delete from devices where user_id = $1 and $2 = 'devices.user_id'`, [person.user.id, column])
    await overtake(server, { sql: removal, id: person.user.id }, () => work(person, friend).catch(() => {}))
    const [table, name] = column.split('.')
    expect(await query(`select 1 from ${table} where ${name} = $1`, [person.user.id])).toEqual([])
  })

  test.each<[string, (person: Person) => Promise<unknown>, string]>([
    [
      'apiKeys.create',
      ({ client }) => client.users.apiKeys.create({ name: 'Late', scopes: ['users:read'] }),
      'TOKEN_INVALID',
    ],
    [
      'changePassword',
      ({ client, user }) =>
        client.users.changePassword({ currentPassword: passwordOf(user.userName), password: 'another password' }),
      'WRONG_PASSWORD',
    ],
    [
      'update of the address',
      ({ client, user }) =>
        client.users.update({ email: `moved-${user.userName}@example.com`, password: passwordOf(user.userName) }),
      'NOT_FOUND',
    ],
    ['mfa.enroll', ({ client, user }) => client.users.mfa.enroll(mine({ user })), 'MFA_ON'],
    ['remove', ({ client, user }) => client.users.remove(mine({ user })), 'TOKEN_INVALID'],
    [
      'signIn',
      ({ user }) => anyone.users.signIn({ identifier: user.userName, ...mine({ user }) }),
      'WRONG_CREDENTIALS',
    ],
  ])('%s waits for a removal, and holds nothing that it needs', async (_what, act, code) => {
    const person = await signUp()
    const { client } = { client: patient(person.token) }
    const tables = ['devices', 'identities', 'mail_tokens', 'mfa_secrets', 'presences']
    const more = tables.map((table) => `delete from ${table} where user_id = $1`)
    const hold = { sql: removal, id: person.user.id, more }
    expect(await codeOf(overtake(server, hold, () => act({ ...person, client })))).toBe(code)
  })
})
