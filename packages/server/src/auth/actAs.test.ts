import { createClient, type ScopeInput } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { json, requester } from '../../test/http.ts'
import { codeOf, type Person, startTestServer } from '../../test/server.ts'
import { newId } from '../ids.ts'
import { scopes } from '../users/apiKeys/schema.ts'

const { url, antiphon, signUp, signUpAdmin, query } = await startTestServer()
const request = requester(url)
const admin = await signUpAdmin('the-admin')

async function service(wanted: readonly ScopeInput[] = scopes, name = 'billing') {
  const input = { name, kind: 'service', scopes: [...wanted] } as const
  const { apiKey, secret } = await admin.client.users.apiKeys.create({ ...input, scopes: [...wanted] })
  return { client: createClient({ url, token: secret, maxRetries: 0 }), id: apiKey.id, token: secret }
}

/** What the audit log says of a key. */
async function linesOf(keyId: string) {
  return query<{ action: string; user_id: string; service: string | null; details: object }>(
    'select action, user_id, service, details from audit_log where key_id = $1 order by id',
    [keyId],
  )
}

describe('a service for a user', () => {
  test('has what that user has', async () => {
    const [ann, bob, { client }] = [await signUp(), await signUp(), await service()]
    const room = await ann.client.messages.rooms.create({ name: 'Of Ann' })
    const forAnn = client.as(ann.user.id)
    expect(await forAnn.users.me()).toEqual(ann.user)
    const sent = await forAnn.messages.send({ roomId: room.id, body: 'Your lesson begins.' })
    expect(sent.senderId).toBe(ann.user.id)
    expect((await forAnn.users.get({ userId: bob.user.id })).email).toBeUndefined()
    expect(await codeOf(client.as(bob.user.id).messages.list({ roomId: room.id }))).toBe('NOT_FOUND')
  })

  test('has not what the service has in its own name', async () => {
    const [ann, { client }] = [await signUp(), await service()]
    const forAnn = client.as(ann.user.id)
    await client.users.create({ userName: 'made-by-service' })
    for (const call of [
      () => forAnn.users.create({ userName: 'made-for-ann' }),
      () => forAnn.users.remove({ userId: admin.user.id }),
      () => forAnn.users.apiKeys.list({ kind: 'service' }),
      () => forAnn.users.audit.list(),
    ])
      expect(await codeOf(call())).toBe('NOT_ALLOWED')
  })

  test('stays within the scopes of its key', async () => {
    const [ann, { client }] = [await signUp(), await service(['users:read', 'act-as'])]
    const forAnn = client.as(ann.user.id)
    await forAnn.users.me()
    for (const [call, scope] of [
      [forAnn.users.update.safe({ firstName: 'X' }), 'users:write'],
      [forAnn.messages.rooms.list.safe(), 'messages:read'],
    ] as const) {
      const refused = await call
      expect(refused).toMatchObject({ ok: false, error: { code: 'NOT_ALLOWED' } })
      expect(!refused.ok && refused.error.message).toContain(scope)
    }
  })

  test('does nothing that only the person does, not even for an administrator', async () => {
    const { client } = await service()
    const acting = client.as(admin.user.id)
    const calls: Record<string, () => Promise<unknown>> = {
      changePassword: () => acting.users.changePassword({ currentPassword: 'x', password: 'password' }),
      enroll: () => acting.users.mfa.enroll({ password: 'x' }),
      disable: () => acting.users.mfa.disable({ code: '123456' }),
      setRoles: () => acting.users.setRoles({ userId: admin.user.id, roles: ['admin', 'support'] }),
      removeOneself: () => acting.users.remove({}),
      moveAddress: () => acting.users.update({ email: 'taken.over@example.com' }),
      makeKeys: () => acting.users.apiKeys.create({ name: 'Mine now', scopes: ['users:read'] }),
    }
    for (const [name, call] of Object.entries(calls))
      expect([name, await codeOf(call())]).toEqual([name, 'NOT_ALLOWED'])
    expect(await acting.users.me()).toMatchObject({ email: admin.user.email, roles: ['admin'] })
  })

  test('is in the audit log as both, for each call: queries, batches, what was refused later, streams', async () => {
    const [ann, { client, id }] = [await signUp(), await service(scopes, 'billing of lessons')]
    const forAnn = client.as(ann.user.id)
    const batch = [
      forAnn.users.me(),
      forAnn.messages.rooms.list(),
      forAnn.users.update({ firstName: 'Annie' }),
    ] as const
    await Promise.all(batch)
    await codeOf(forAnn.users.get({ userId: newId('user') }))
    for await (const _ of forAnn.users.export()) break
    const lines = await linesOf(id)
    for (const line of lines) expect(line).toMatchObject({ user_id: ann.user.id, service: 'billing of lessons' })
    const acting = lines.filter(({ details }) => 'acting' in details).map(({ action }) => action)
    expect(acting.sort()).toEqual(
      ['users.me', 'messages.rooms.list', 'users.update', 'users.get', 'users.export'].sort(),
    )
    const seen = await admin.client.users.audit.list({ userId: ann.user.id, action: 'users.me' })
    expect(seen.items[0]).toMatchObject({ apiKeyId: id, userId: ann.user.id, service: 'billing of lessons' })
    const exported: { action: string }[] = []
    for await (const item of ann.client.users.export()) if (item.kind === 'audit') exported.push(item.entry)
    expect(exported.map(({ action }) => action)).toContain('messages.rooms.list')
  })

  test('does a batch in the order of its calls', async () => {
    const [ann, { client }] = [await signUp(), await service()]
    const room = await ann.client.messages.rooms.create({ name: 'Batch' })
    const forAnn = client.as(ann.user.id)
    const sent = await Promise.all([1, 2, 3].map((n) => forAnn.messages.send({ roomId: room.id, body: `${n}` })))
    expect(sent.map(({ seq }) => seq)).toEqual([2, 3, 4])
  })

  test('reads a whole export of that user', async () => {
    const [ann, { client }] = [await signUp(), await service()]
    const kinds = new Set<string>()
    for await (const item of client.as(ann.user.id).users.export()) {
      kinds.add(item.kind)
      if (item.kind === 'account') expect(item.account).toEqual(ann.user)
    }
    expect([...kinds]).toEqual(expect.arrayContaining(['account', 'device', 'audit']))
  })
})

describe('nobody acts', () => {
  async function refusals(person: Person) {
    const [plain, personal] = [
      await service(['users:read']),
      await person.client.users.apiKeys.create({
        ...{ name: 'Own', scopes: ['users:read' as const] },
      }),
    ]
    return {
      'with a key without the scope': plain.token,
      'with the key of a person': personal.secret,
      'with the token of a device': person.token,
      'with the token of an administrator': admin.token,
    }
  }

  test('without the scope act-as, and not with a person’s token', async () => {
    const [ann, bob] = [await signUp(), await signUp()]
    for (const [what, token] of Object.entries(await refusals(ann))) {
      const answer = await createClient({ url, token }).as(bob.user.id).users.me.safe()
      expect([what, !answer.ok && answer.error.code]).toEqual([what, 'NOT_ALLOWED'])
      expect(!answer.ok && answer.error.message).toContain('Antiphon-As')
    }
    const { status, body } = await request('/api/v1/users.me', {
      method: 'POST',
      headers: { 'antiphon-as': ann.user.id },
    })
    expect([status, body.code]).toEqual([401, 'NOT_SIGNED_IN'])
  })

  test('for somebody who is not there, was removed, or has no id: alike', async () => {
    const [gone, { client, token }] = [await signUp(), await service()]
    await admin.client.users.remove({ userId: gone.user.id })
    const answers = []
    for (const id of [newId('user'), gone.user.id, newId('room'), 'ann', '*', `${gone.user.id},${admin.user.id}`]) {
      const answer = await client.as(id as typeof gone.user.id).users.me.safe()
      answers.push(answer.ok ? 'ok' : `${answer.error.code} ${answer.error.message}`)
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toMatch(/^NOT_ALLOWED There is no user /)
    const { headers } = json({}, token)
    const empty = await request('/api/v1/users.me', { method: 'POST', headers: { ...headers, 'antiphon-as': '' } })
    expect(empty.status).toBe(403)
  })

  test('a key of a person names its owner, and is no other than before', async () => {
    const ann = await signUp()
    const { apiKey, secret } = await ann.client.users.apiKeys.create({ name: 'Own', scopes: ['users:read'] })
    expect((await createClient({ url, token: secret }).as(ann.user.id).users.me()).id).toBe(ann.user.id)
    expect(await linesOf(apiKey.id)).toEqual([])
  })
})

test('a service in its own name is told what it lacks', async () => {
  const { client } = await service()
  for (const call of [client.users.me.safe(), client.messages.rooms.list.safe(), client.users.devices.list.safe()]) {
    const refused = await call
    expect(refused).toMatchObject({ ok: false, error: { code: 'NOT_ALLOWED', status: 403 } })
    expect(!refused.ok && refused.error.message).toMatch(/in the name of a user.*Antiphon-As/)
  }
})

test('a service within the process acts for users too, and is audited by its name', async () => {
  const ann = await signUp()
  const caller = antiphon.caller({ service: 'cron', userId: ann.user.id })
  expect((await caller.users.me()).id).toBe(ann.user.id)
  const [line] = await query(`select user_id, key_id, service from audit_log where service = 'cron'`)
  expect(line).toEqual({ user_id: ann.user.id, key_id: null, service: 'cron' })
  await expect(antiphon.caller({ service: 'cron', userId: newId('user') }).users.me()).rejects.toThrow(/no user/)
})
