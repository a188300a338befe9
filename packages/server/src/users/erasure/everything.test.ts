import { createClient } from '@antiphon/client'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'
import { startSmtpServer } from '../../../test/smtp.ts'
import { holdClock } from '../mfa/mfa.fixture.ts'
import { erasure } from './erase.ts'
import { canaries, columnsNamingUsers, findCanaries, password, personWithEverything } from './person.fixture.ts'

// A mail server that refuses for now, and names the address: so it gets into the job that waits.
const smtp = await startSmtpServer()
smtp.refuse(() => 451)
const mail = { smtpUrl: smtp.url, from: 'no-reply@antiphon.example' }
const server = await startTestServer({ mail })
afterAll(() => smtp.close())
const { url, databaseUrl, anyone, query } = server
holdClock()

/** Columns in which the id of a removed person stays. */
const staying = [
  ...['audit_log.details', 'audit_log.target', 'audit_log.user_id', 'direct_rooms.user_high', 'direct_rooms.user_low'],
  ...['meetings.created_by', 'meetings.host_id'],
  ...['memberships.user_id', 'messages.deleted_by', 'messages.mentions', 'messages.sender_id'],
  ...['provider_connections.created_by', 'reports.reporter_id'],
  ...['room_bans.banned_by', 'room_events.actor_id', 'room_events.subject_id', 'room_members.user_id'],
  ...[
    'rooms.created_by',
    'session_people.user_id',
    'sessions.end_requested_by',
    'stream_changes.changed_by',
    'uploads.owner_id',
    'users.id',
  ],
]

/** Those of the columns that have somebody's id. */
async function columnsWith(id: string, columns: readonly string[]): Promise<string[]> {
  const counts = columns.map(async (column) => {
    const [table, name] = column.split('.')
    return (await query(`select 1 from ${table} where ${name}::text ~ $1 limit 1`, [id])).map(() => column)
  })
  return (await Promise.all(counts)).flat()
}

describe('of a removed person', async () => {
  // What is noted of who was seen is written by the instance that saw it, when it ends at the latest.
  const instance = await startTestServer({ database: databaseUrl, mail })
  const person = await personWithEverything({ ...server, url: instance.url, from: instance.from })
  const { id, client, codes, people, room } = person
  // Mails that were tried in vain, and one that waits to be.
  await vi.waitFor(async () => {
    const tried = await query<{ attempts: number }>('select attempts from graphile_worker.jobs')
    expect(tried.map(({ attempts }) => attempts)).not.toContain(0)
    expect(tried.length).toBeGreaterThan(2)
  }, 15_000)
  await client.users.requestEmailVerification()
  const columns = erasure.flatMap((step) => step.columns).sort()
  const naming = await columnsNamingUsers(server)
  const filled = await columnsWith(id, columns)
  const found = await findCanaries(server)
  await client.users.remove({ password, code: codes[0] ?? '' })

  test('every column that names users is provided for, and was tried with this person', () => {
    expect(naming.byValue).toEqual(columns)
    expect(naming.byKey.filter((column) => !columns.includes(column))).toEqual([])
    expect(filled).toEqual(columns)
  })

  test('the database held all that was looked for, in jobs too', () => {
    expect(new Set(found.map(([canary]) => canary))).toEqual(new Set(Object.keys(canaries)))
    const inJobs = found.filter(([, table]) => table === 'graphile_worker._private_jobs').map(([canary]) => canary)
    expect(inJobs).toEqual(['email', 'oldEmail'])
  })

  test('nothing but the id is left in any table', async () => {
    await instance.antiphon.close()
    expect(await findCanaries(server)).toEqual([])
    expect(await columnsWith(id, columns)).toEqual(staying)
    const [row] = await query(
      `select email, email_key, email_verified_at, user_name, first_name, last_name, password_hash, roles, mfa
       from users where id = $1`,
      [id],
    )
    const nothing = {
      email: null,
      email_key: null,
      email_verified_at: null,
      password_hash: null,
      roles: [],
      mfa: false,
    }
    expect(row).toEqual({ ...nothing, user_name: '', first_name: '', last_name: '' })
    const members = await query<{ id: string }>('select room_id as id from room_members where user_id = $1', [id])
    expect(members.map((member) => member.id).sort()).toEqual([room.direct.id, room.second.id].sort())
  })

  test('token, key, mails and password stop working', async () => {
    for (const token of [person.token, person.key])
      expect(await codeOf(createClient({ url, token }).users.me())).toBe('TOKEN_INVALID')
    for (const identifier of [canaries.userName, canaries.email, canaries.oldEmail])
      expect(await codeOf(anyone.users.signIn({ identifier, password }))).toBe('WRONG_CREDENTIALS')
    const service = createClient({ url, token: person.service })
    expect(await codeOf(service.as(id).users.me())).toBe('NOT_ALLOWED')
    expect((await service.users.get({ userId: id })).removedAt).toBeInstanceOf(Date)
    await anyone.users.requestPasswordReset({ email: canaries.email })
    expect(smtp.mails).toEqual([])
  })

  test('others see a placeholder, and keep what they shared', async () => {
    const { friend, asker, asked, admin } = people
    for (const { client } of [friend, admin]) {
      const seen = await client.users.get({ userId: id })
      expect(seen).toMatchObject({ id, userName: 'deleted-user', firstName: 'Deleted', lastName: 'user' })
      expect(seen.removedAt?.getTime()).toBeGreaterThan(0)
      expect(seen.email).toBeUndefined()
    }
    for (const input of [{ userName: canaries.userName }, { userName: 'deleted-user' }, { email: canaries.email }])
      expect(await codeOf(admin.client.users.get(input))).toBe('NOT_FOUND')
    const names: string[] = []
    for await (const { userName } of admin.client.users.list.all({})) names.push(userName)
    expect(names.sort()).toEqual(['asked', 'asker', 'blocked', 'blocker', 'friend', 'keeper', 'late'])
    const direct = (await friend.client.messages.rooms.list()).items.find((one) => one.id === room.direct.id)
    expect(direct).toMatchObject({ kind: 'direct', peerId: id })
    const { items } = await friend.client.messages.list({ roomId: room.direct.id })
    expect(items).toMatchObject([{ senderId: id, body: 'Hello, all of you' }])
    await friend.client.messages.send({ roomId: room.direct.id, body: 'Farewell' })
    expect((await friend.client.users.friends.list()).items).toEqual([])
    expect((await asker.client.users.friends.list({ state: 'outgoing' })).items).toEqual([])
    expect((await asked.client.users.friends.list({ state: 'incoming' })).items).toEqual([])
    expect((await people.blocker.client.users.blocks.list()).items).toEqual([])
  })

  test('groups tell that they left, and pass on', async () => {
    const { friend, asked } = people
    const { events } = await friend.client.messages.since({ roomId: room.owned.id, after: 0 })
    const kinds = events.map(({ kind }) => kind)
    expect(kinds.slice(-3)).toEqual(['message.reacted', 'member.changed', 'member.left'])
    expect(new Set(events.slice(-3).map(({ actorId }) => actorId))).toEqual(new Set([id]))
    const left = await asked.client.messages.since({ roomId: room.joined.id, after: 0 })
    expect(left.events.at(-1)).toMatchObject({ kind: 'member.left', actorId: id })
    const ofGarden = 'select user_id as id, role from room_members where room_id = $1 order by role desc'
    expect(await query(ofGarden, [room.owned.id])).toEqual([
      { id: friend.user.id, role: 'owner' },
      { id: people.asker.user.id, role: 'member' },
    ])
    expect(await query(ofGarden, [room.alone.id])).toEqual([])
  })

  test('the log tells of the removal, without addresses', async () => {
    const { items } = await people.admin.client.users.audit.list({ target: id, action: 'users.remove' })
    expect(items).toMatchObject([{ userId: id, address: null }])
    const [row] = await query('select count(address)::int as addresses from audit_log where user_id = $1', [id])
    expect(row).toEqual({ addresses: 0 })
  })

  test('names and address are free at once', async () => {
    const { userName, email } = canaries
    const { user } = await anyone.users.signUp({ userName, email, password })
    expect(user).toMatchObject({ userName, email, mfa: false })
    expect(user.id).not.toBe(id)
  })
})
