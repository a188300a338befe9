import { type AuditEntry, createClient, type UserId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, passwordOf, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'

const { url, signUp, signUpAdmin, query, from, antiphon } = await startTestServer()
const admin = await signUpAdmin('admin')

async function read(input: { userId?: UserId; target?: string; action?: string } = {}): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = []
  for await (const entry of admin.client.users.audit.list.all({ ...input, limit: 200 })) entries.push(entry)
  return entries
}

/** Lines that tests of lists are about, by SQL: many, quickly. */
const fill = (userId: UserId, count: number, action = 'filled') =>
  query(
    `insert into audit_log (action, user_id, target, at)
      select $2, $1, 'thing ' || at % 3, now() from generate_series(1, $3) at`,
    [userId, action, count],
  )

describe('list', () => {
  test('shows who did what to which thing, from where, by which request', async () => {
    const person = await signUp()
    const client = from('192.0.2.44')
    const { token } = await client.users.signIn({
      identifier: person.user.userName,
      password: passwordOf(person.user.userName),
    })
    const [entry] = await read({ userId: person.user.id, action: 'users.signIn' })
    expect(entry).toEqual({
      ...{ id: expect.any(BigInt), at: expect.any(Date), action: 'users.signIn', userId: person.user.id },
      ...{ apiKeyId: null, service: null, target: person.user.id, address: '192.0.2.44', details: {} },
      requestId: expect.stringMatching(/^req_\w{26}$/),
    })
    const response = await fetch(`${url}/api/v1/users.signOut`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
    const [left] = await read({ userId: person.user.id, action: 'users.signOut' })
    expect(left).toMatchObject({ target: token.split('.')[0], requestId: response.headers.get('x-request-id') })
  })

  test('filters by user, thing and action, together', async () => {
    const [one, other] = [await signUp(), await signUp()]
    await fill(one.user.id, 6)
    await fill(one.user.id, 3, 'other')
    await fill(other.user.id, 3)
    expect(await read({ userId: one.user.id, action: 'filled' })).toHaveLength(6)
    expect(await read({ userId: one.user.id, action: 'filled', target: 'thing 1' })).toHaveLength(2)
    expect(await read({ userId: one.user.id, target: 'thing 1' })).toHaveLength(3)
    expect((await read({ target: 'thing 1', action: 'filled' })).length).toBe(3)
    expect(await read({ userId: newId('user') })).toEqual([])
    expect(await read({ userId: one.user.id, action: 'fill' })).toEqual([])
  })

  test('pages newest first, each line once, though lines are added meanwhile', async () => {
    const { user } = await signUp()
    await fill(user.id, 25)
    const ids: bigint[] = []
    for await (const { id } of admin.client.users.audit.list.all({ userId: user.id, action: 'filled', limit: 4 })) {
      ids.push(id)
      if (ids.length % 5 === 0) await fill(user.id, 2)
    }
    expect(ids).toHaveLength(25)
    expect(ids).toEqual(ids.toSorted((a, b) => (a < b ? 1 : -1)))
    for (const cursor of ['none', 'WyIxIiwyXQ', Buffer.from('["-1"]').toString('base64url')]) {
      expect(await codeOf(admin.client.users.audit.list({ cursor }))).toBe('BAD_CURSOR')
    }
  })

  test('a cursor beyond all numbers of the database is refused, not a fault', async () => {
    const cursor = Buffer.from('["9999999999999999999"]').toString('base64url')
    expect(await codeOf(admin.client.users.audit.list({ cursor }))).toMatch(/^(BAD_CURSOR|INVALID_INPUT)$/)
  })

  test('is for administrators and support: for nobody else, not for services', async () => {
    const [support, accountant, person] = [await signUp(), await signUp(), await signUp()]
    await query(`update users set roles = '{support}' where id = $1`, [support.user.id])
    await query(`update users set roles = '{royalties}' where id = $1`, [accountant.user.id])
    await support.client.users.audit.list()
    const { secret } = await admin.client.users.apiKeys.create({ name: 'S', kind: 'service', scopes: ['users:read'] })
    for (const client of [accountant.client, person.client, createClient({ url, token: secret })]) {
      expect(await codeOf(client.users.audit.list())).toBe('NOT_ALLOWED')
    }
    const own = await admin.client.users.apiKeys.create({ name: 'Own', scopes: ['users:read'] })
    await createClient({ url, token: own.secret }).users.audit.list()
  })

  test('shows the command and programs by what they are', async () => {
    await antiphon.caller({ service: 'nightly' }).users.create({ userName: 'made-nightly' })
    const [made] = await read({ action: 'users.create' })
    expect(made).toMatchObject({ userId: null, apiKeyId: null, service: 'nightly', address: null })
  })
})

describe('the log', () => {
  test('takes no changes and no deletions, by whatever statement', async () => {
    await fill(admin.user.id, 1)
    for (const statement of [
      `update audit_log set action = 'nothing'`,
      `update audit_log set user_id = null, address = null`,
      `update audit_log set details = '{}' where action = 'users.setRoles' or true`,
      `update audit_log set at = at - interval '1 day'`,
      `update audit_log set address = '192.0.2.0/24', target = null`,
      'delete from audit_log',
      `insert into audit_log (id, action) overriding system value select id, 'mine' from audit_log limit 1
        on conflict (id) do update set action = excluded.action`,
    ]) {
      await expect(query(statement), statement).rejects.toThrow(/append-only/)
    }
  })

  test('lets addresses be cut, and nothing else', async () => {
    await fill(admin.user.id, 1)
    await query(`update audit_log set address = '192.0.2.0/24' where action = 'filled' and user_id = $1`, [
      admin.user.id,
    ])
    const [entry] = await read({ userId: admin.user.id, action: 'filled' })
    expect(entry?.address).toBe('192.0.2.0/24')
  })

  test('holds no names, addresses of mail, passwords or secrets', async () => {
    const person = await signUp('somebody.special')
    await codeOf(createClient({ url }).users.signIn({ identifier: 'somebody.special', password: 'tell-tale guess' }))
    const { secret } = await person.client.users.apiKeys.create({ name: 'Tell-tale name', scopes: ['users:read'] })
    await createClient({ url, token: secret }).users.me()
    await admin.client.users.remove({ userId: person.user.id })
    const rows = await query<{ row: string }>('select l::text as row from audit_log l')
    const log = rows.map(({ row }) => row).join('\n')
    expect(log).not.toMatch(/somebody|special|example\.com|tell-tale|guess/i)
    expect(log).not.toContain(secret.split('.')[1])
    expect(log).not.toContain(person.token.split('.')[1])
  })
})
