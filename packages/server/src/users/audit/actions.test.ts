import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ApiKeyId, type ConnectionId, createClient, type DeviceId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, passwordOf, startTestServer } from '../../../test/server.ts'
import { newToken } from '../../auth/tokens.ts'
import { newId } from '../../ids.ts'
import { accountant } from '../../royalties/royalties.fixture.ts'
import { connectTo, startZoom } from '../../sessions/connections/zoom.fixture.ts'
import { holdClock, passSteps, protect, shown, wrongOne } from '../mfa/mfa.fixture.ts'
import { deedsInCatalogue } from './royalties.fixture.ts'
import { deedsWithImports } from './royaltyImports.fixture.ts'
import { deedsInRuns } from './royaltyRuns.fixture.ts'
import { deedsWithSources } from './royaltySources.fixture.ts'
import { deedsInSessions } from './sessions.fixture.ts'

const zoom = await startZoom()
const { url, signUp, signUpAdmin, query } = await startTestServer({ zoomUrl: zoom.url })
const admin = await signUpAdmin('admin')
const keeper = await accountant({ signUp, query }, 'keeper')
const anyone = createClient({ url, maxRetries: 0 })
holdClock()

interface Line {
  action: string
  user_id: string | null
  key_id: string | null
  target: string | null
  details: Record<string, string>
}

/** What is done, and the line that it leaves: whose rights were used, on what. */
type Deed = (person: Person) => Promise<{ by: string | null; target: string | null; details?: object }>

const password = ({ user }: Person) => passwordOf(user.userName)
const idOf = <Id extends string>(token: string) => token.split('.')[0] as Id
const signIn = (person: Person, given = password(person)) =>
  anyone.users.signIn({ identifier: person.user.userName, password: given })

const deeds: Record<string, Deed> = {
  'users.signUp': async ({ user }) => ({ by: user.id, target: user.id }),
  'users.signIn': async (person) => {
    await signIn(person)
    return { by: person.user.id, target: person.user.id }
  },
  'users.signIn.refused': async (person) => {
    await codeOf(signIn(person, 'a guess'))
    return { by: null, target: person.user.id, details: {} }
  },
  'users.signOut': async ({ client, token, user }) => {
    await client.users.signOut()
    return { by: user.id, target: idOf(token) }
  },
  'users.changePassword': async (person) => {
    await person.client.users.changePassword({ currentPassword: password(person), password: 'another one' })
    return { by: person.user.id, target: person.user.id }
  },
  'users.resetPassword': async ({ user }) => {
    const { id, token, secretHash } = newToken(newId('mailToken'))
    await query(
      `insert into mail_tokens (id, user_id, purpose, email_key, secret_hash, expires_at)
        values ($1, $2, 'reset', $3, $4, now() + interval '1 hour')`,
      [id, user.id, user.email, secretHash],
    )
    await anyone.users.resetPassword({ token, password: 'a new one, by mail' })
    return { by: user.id, target: user.id }
  },
  'users.update.email': async (person) => {
    await person.client.users.update({ email: `new.${person.user.email}`, password: password(person) })
    return { by: person.user.id, target: person.user.id }
  },
  'users.create': async () => {
    const { id } = await admin.client.users.create({ userName: `made-${newId('user').slice(-20)}` })
    return { by: admin.user.id, target: id }
  },
  'users.remove': async ({ user }) => {
    await admin.client.users.remove({ userId: user.id })
    return { by: admin.user.id, target: user.id }
  },
  'users.setRoles': async ({ user }) => {
    await admin.client.users.setRoles({ userId: user.id, roles: ['support'] })
    return { by: admin.user.id, target: user.id, details: { from: '', to: 'support' } }
  },
  'users.devices.revoke': async (person) => {
    const { token } = await signIn(person)
    await person.client.users.devices.revoke({ deviceId: idOf<DeviceId>(token) })
    return { by: person.user.id, target: idOf(token) }
  },
  'users.apiKeys.create': async ({ client, user }) => {
    const scopes = ['users:read' as const, 'messages:read' as const]
    const { apiKey } = await client.users.apiKeys.create({ name: 'K', scopes })
    return { by: user.id, target: apiKey.id, details: { kind: 'personal', scopes: 'users:read messages:read' } }
  },
  'users.apiKeys.revoke': async ({ client, user }) => {
    const { apiKey } = await client.users.apiKeys.create({ name: 'K', scopes: ['users:read'] })
    await client.users.apiKeys.revoke({ apiKeyId: apiKey.id })
    return { by: user.id, target: apiKey.id }
  },
  'users.export': async ({ client, user }) => {
    for await (const _ of client.users.export()) break
    return { by: user.id, target: user.id }
  },
  'users.mfa.enroll': async (person) => {
    await person.client.users.mfa.enroll({ password: password(person) })
    return { by: person.user.id, target: person.user.id }
  },
  'users.mfa.confirm': async (person) => {
    await protect(url, person)
    return { by: person.user.id, target: person.user.id }
  },
  'users.mfa.recoveryCodes': async (person) => {
    const { client, secret } = await protect(url, person)
    await client.users.mfa.recoveryCodes({ code: await shown(secret, 1) })
    return { by: person.user.id, target: person.user.id }
  },
  'users.mfa.disable': async (person) => {
    const { client, secret } = await protect(url, person)
    await client.users.mfa.disable({ code: await shown(secret, 1) })
    return { by: person.user.id, target: person.user.id }
  },
}

/** A room of somebody with the administrator in it, who said something. */
async function roomWithAdmin({ client }: Person) {
  const { id: roomId } = await client.messages.rooms.create({ name: 'Audited', memberIds: [admin.user.id] })
  const { seq } = await admin.client.messages.send({ roomId, body: 'Hear, hear' })
  return { roomId, seq, of: { roomId, seq } }
}

const deedsInRooms: Record<string, Deed> = {
  'messages.rooms.export': async (person) => {
    const { roomId } = await roomWithAdmin(person)
    for await (const _ of person.client.messages.rooms.export({ roomId })) break
    return { by: person.user.id, target: roomId }
  },
  'messages.remove': async (person) => {
    const { roomId, seq, of } = await roomWithAdmin(person)
    await person.client.messages.remove(of)
    return { by: person.user.id, target: roomId, details: { seq: String(seq), senderId: admin.user.id } }
  },
  'messages.report': async (person) => {
    const { roomId, seq, of } = await roomWithAdmin(person)
    await person.client.messages.report({ ...of, reason: 'Too loud' })
    return { by: person.user.id, target: roomId, details: { seq: String(seq) } }
  },
}

async function meetingOf({ client }: Person) {
  const when = { startsAt: new Date('2037-05-04T17:00Z'), durationMinutes: 60, timeZone: 'UTC' }
  const { id } = await client.meetings.create({ title: 'Audited', ...when, link: 'https://meet.example.com/x' })
  return id
}

/** What administrators do with the meetings of others. */
const deedsInMeetings: Record<string, Deed> = {
  'meetings.cancel': async (person) => {
    const meetingId = await meetingOf(person)
    await admin.client.meetings.cancel({ meetingId })
    return { by: admin.user.id, target: meetingId }
  },
  'meetings.remove': async (person) => {
    const meetingId = await meetingOf(person)
    await admin.client.meetings.remove({ meetingId })
    return { by: admin.user.id, target: meetingId }
  },
}

/** One account is connected at a time. */
async function withAccount(deed: (connectionId: ConnectionId) => Promise<unknown>) {
  const { id } = await connectTo(admin.client, zoom)
  await deed(id)
  await admin.client.sessions.providers.remove.safe({ connectionId: id })
  return { by: admin.user.id, target: id }
}

/** What administrators do with accounts at providers. */
const deedsWithAccounts: Record<string, Deed> = {
  'sessions.providers.connect': () => withAccount(async () => {}),
  'sessions.providers.update': async () => ({
    ...(await withAccount((connectionId) => admin.client.sessions.providers.update({ connectionId, name: 'New' }))),
    details: { fields: 'name' },
  }),
  'sessions.providers.check': () =>
    withAccount((connectionId) => admin.client.sessions.providers.check({ connectionId })),
  'sessions.providers.remove': () =>
    withAccount((connectionId) => admin.client.sessions.providers.remove({ connectionId })),
}

const allDeeds = {
  ...{ ...deeds, ...deedsInRooms, ...deedsInMeetings, ...deedsWithAccounts, ...deedsInSessions },
  ...{ ...deedsWithSources(keeper), ...deedsInCatalogue(keeper), ...deedsInRuns(keeper) },
  ...deedsWithImports(keeper),
}

describe('leaves a line of the audit log', () => {
  test.each(Object.entries(allDeeds))('%s', async (action, deed) => {
    const person = await signUp()
    const [{ last }] = (await query<{ last: string }>('select coalesce(max(id), 0)::text as last from audit_log')) as [
      { last: string },
    ]
    const { by, target, details } = await deed(person)
    const since = action === 'users.signUp' ? 0 : last
    const lines = await query<Line>(
      'select action, user_id, key_id, target, details from audit_log where id > $1 and action = $2 and target = $3',
      [since, action, target],
    )
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ user_id: by, key_id: null, ...(details && { details }) })
  })

  test('a sign-in that ends at the second factor', async () => {
    const person = await protect(url, await signUp())
    passSteps(2)
    const credentials = { identifier: person.user.userName, password: person.password }
    expect(await codeOf(anyone.users.signIn({ ...credentials, code: await wrongOne(person.secret) }))).toBe(
      'WRONG_CODE',
    )
    const lines = await query<Line>(
      `select details from audit_log where action = 'users.signIn.refused' and target = $1`,
      [person.user.id],
    )
    expect(lines).toEqual([{ details: { why: 'code' } }])
  })

  test('a guess at a name that nobody has: without the name', async () => {
    await codeOf(anyone.users.signIn({ identifier: 'nobody.of.this.name', password: 'x' }))
    const [line] = await query<Line>(`select action, user_id, target, details from audit_log order by id desc limit 1`)
    expect(line).toEqual({ action: 'users.signIn.refused', user_id: null, target: null, details: {} })
  })

  test('what a key does: under the key and its owner', async () => {
    const { client, user } = await signUp()
    const { apiKey, secret } = await client.users.apiKeys.create({ name: 'K', scopes: ['users:read', 'users:write'] })
    const made = await createClient({ url, token: secret }).users.apiKeys.create({ name: 'L', scopes: ['users:read'] })
    const [line] = await query<Line>(`select user_id, key_id from audit_log where target = $1`, [made.apiKey.id])
    expect(line).toEqual({ user_id: user.id, key_id: apiKey.id satisfies ApiKeyId })
  })

  test('nothing that was refused or failed: the line is of the same transaction', async () => {
    const person = await signUp()
    const change = { currentPassword: 'wrong', password: 'another one' }
    expect(await codeOf(person.client.users.changePassword(change))).toBe('WRONG_PASSWORD')
    expect(await codeOf(person.client.users.setRoles({ userId: person.user.id, roles: ['admin'] }))).toBe('NOT_ALLOWED')
    const lines = await query<Line>('select action from audit_log where user_id = $1', [person.user.id])
    expect(lines.map(({ action }) => action)).toEqual(['users.signUp'])
  })
})

test('each action that the sources know has its place above', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const texts = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/\.(test|fixture)\.ts$/.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'))
  const known = texts.flatMap((text) =>
    [...text.matchAll(/\baction: '([a-z]\w*\.[\w.]+)'/g)].map(([, action]) => action!),
  )
  // What keys do in the names of others has its tests with them: messages/batch.
  const tried = [...Object.keys(allDeeds), 'messages.sendBatch']
  expect([...new Set(known)].sort()).toEqual(tried.sort())
})
