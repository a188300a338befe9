import { createClient } from '@antiphon/client'
import { afterAll, describe, expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../test/server.ts'
import { startIssuer } from '../auth/issuer.fixture.ts'
import { holdClock, passSteps, shown } from './mfa/mfa.fixture.ts'

const issuer = await startIssuer()
afterAll(() => issuer.stop())
const { url, signUpAdmin } = await startTestServer({ issuers: [issuer.setting] })
const admin = await signUpAdmin('admin')
holdClock()

let subjects = 0

async function issued(sub = `subject-${++subjects}`) {
  return createClient({ url, token: await issuer.sign({ sub }), maxRetries: 0 })
}

describe('whom an issuer names', () => {
  test('is a person: does what keys may not, without a password where there is none', async () => {
    const client = await issued()
    const change = { currentPassword: 'none', password: 'a new password' }
    const refused = await client.users.changePassword.safe(change)
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'WRONG_PASSWORD', fields: [{ path: 'currentPassword' }] },
    })
    const { apiKey, secret } = await client.users.apiKeys.create({ name: 'Own', scopes: ['users:read'] })
    expect(apiKey.kind).toBe('personal')
    const me = await client.users.me()
    expect(await createClient({ url, token: secret }).users.me()).toEqual(me)
  })

  test('may have a second factor for what is sensitive; signing in is the issuer’s matter', async () => {
    const sub = 'protected'
    const client = await issued(sub)
    const { secret } = await client.users.mfa.enroll({})
    const { token, recoveryCodes } = await client.users.mfa.confirm({ code: await shown(secret) })
    expect([token, recoveryCodes.length]).toEqual(['', 10])
    const again = await issued(sub)
    expect((await again.users.me()).mfa).toBe(true)
    const input = { name: 'Sensitive', scopes: ['users:read' as const] }
    expect(await codeOf(again.users.apiKeys.create(input))).toBe('MFA_REQUIRED')
    passSteps(2)
    await again.users.apiKeys.create({ ...input, code: await shown(secret) })
    passSteps(2)
    await again.users.mfa.disable({ code: await shown(secret) })
    expect((await again.users.me()).mfa).toBe(false)
  })

  test('has the roles that an administrator gave, from the next call on, and loses them as fast', async () => {
    const client = await issued()
    const me = await client.users.me()
    expect(await codeOf(client.users.audit.list())).toBe('NOT_ALLOWED')
    await admin.client.users.setRoles({ userId: me.id, roles: ['support'] })
    expect((await client.users.me()).roles).toEqual(['support'])
    await client.users.audit.list()
    await admin.client.users.setRoles({ userId: me.id, roles: [] })
    expect(await codeOf(client.users.audit.list())).toBe('NOT_ALLOWED')
  })

  test('has no roles of the issuer’s making', async () => {
    const token = await issuer.sign({ sub: 'ambitious', roles: ['admin'], role: 'admin', scope: 'admin' })
    const client = createClient({ url, token })
    expect((await client.users.me()).roles).toEqual([])
    expect(await codeOf(client.users.create({ userName: 'by-claims' }))).toBe('NOT_ALLOWED')
  })

  test('signs out without a device to sign out: the token is the issuer’s', async () => {
    const client = await issued()
    await client.users.signOut()
    await client.users.me()
  })

  test('leaves for good: the account stays removed, and the same token makes another', async () => {
    const client = await issued('leaving')
    const me = await client.users.me()
    await client.users.remove({})
    const next = await (await issued('leaving')).users.me()
    expect(next.id).not.toBe(me.id)
    expect(await admin.client.users.get({ userId: me.id })).toMatchObject({ userName: 'deleted-user' })
  })
})
