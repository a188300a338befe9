import { type AntiphonClient, createClient, type RoomId, type UserId } from '@antiphon/client'
import type { Person, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { wav } from '../../meetings/recordings/media.fixture.ts'
import { png } from '../../uploads/files.fixture.ts'
import { shown } from '../mfa/mfa.fixture.ts'

type TestServer = Awaited<ReturnType<typeof startTestServer>>

/** Texts that lead to the person, and are nowhere else. */
export const canaries = {
  userName: 'Zanzibar-Quagga',
  email: 'xylophone@canary.example',
  oldEmail: 'old-xylophone@canary.example',
  firstName: 'Ferdinanda',
  lastName: 'Quetzalcóatl',
  deviceName: 'Canary pad of the attic',
  keyName: 'Canary key of the cellar',
  presence: 'gone canarying until dusk',
  address: '203.0.113.77',
  subject: 'subject-of-the-canary',
  fileName: 'canary-in-the-darkroom.png',
  recording: 'The canary sings of the coal',
  filmName: 'canary-of-the-mine.wav',
  linkName: 'Canary link for the miners',
  meeting: 'Canaries sing it at dawn',
}

export const password = 'a password of the canary'

/** Somebody of whom there is something in every table: with a second factor, whose secret comes along. */
export async function personWithEverything({ url, from, signUp, signUpAdmin, query }: TestServer) {
  const { userName, oldEmail, email, firstName, lastName, deviceName, address, keyName, presence } = canaries
  const [friend, asker, asked, blocked, blocker, admin] = [
    ...[await signUp('friend'), await signUp('asker'), await signUp('asked')],
    ...[await signUp('blocked'), await signUp('blocker'), await signUpAdmin('keeper')],
  ] as const
  const account = { userName, email: oldEmail, firstName, lastName, password, deviceName }
  const made = await from(address).users.signUp(account)
  const { id } = made.user
  // Ids are ordered by time: pairs have the person on either side.
  const late = await signUp('late')
  let client: AntiphonClient = from(address, made.token)
  await query(`update users set roles = '{admin,royalties}', email_verified_at = now() where id = $1`, [id])
  await client.users.update({ email, password })
  await query('insert into identities (issuer, subject, user_id) values ($1, $2, $3)', [
    'https://id.example',
    canaries.subject,
    id,
  ])
  await client.users.changePassword.safe({ currentPassword: 'wrong', password })
  const { secret } = await client.users.mfa.enroll({ password })
  const { token, recoveryCodes } = await client.users.mfa.confirm({ code: await shown(secret) })
  client = from(address, token)
  const [code = '', codeOfService = '', ...codes] = recoveryCodes
  const key = await client.users.apiKeys.create({ name: keyName, scopes: ['users:write', 'users:read'], code })
  const service = await client.users.apiKeys.create({
    ...{ name: 'Payroll', kind: 'service', scopes: ['users:read', 'users:write', 'act-as'] },
    code: codeOfService,
  })
  await createClient({ url, token: service.secret }).as(id).users.update({ firstName })
  await createClient({ url, token: key.secret }).users.me()

  await friend.client.users.friends.request({ userId: id })
  await client.users.friends.accept({ userId: friend.user.id })
  await asker.client.users.friends.request({ userId: id })
  await client.users.friends.request({ userId: asked.user.id })
  await late.client.users.friends.request({ userId: id })
  await client.users.blocks.add({ userId: blocked.user.id })
  await blocker.client.users.blocks.add({ userId: id })
  await client.users.presence.set({ status: 'busy', text: presence })

  const { rooms } = client.messages
  const direct = await rooms.direct({ userId: friend.user.id })
  const second = await late.client.messages.rooms.direct({ userId: id })
  const owned = await rooms.create({ name: 'Garden', memberIds: [friend.user.id, asker.user.id] })
  const joined = await asked.client.messages.rooms.create({ name: 'Kitchen', memberIds: [id] })
  const alone = await rooms.create({ name: 'Nobody else' })
  const shared = await client.uploads.upload(png(), { name: 'shared.png' })
  const face = await client.uploads.upload(png(), { name: canaries.fileName })
  await client.users.update({ avatar: face.id })
  for (const { id: roomId } of [direct, second, owned, joined, alone]) {
    const attachments = roomId === direct.id ? [{ uploadId: shared.id }] : []
    await client.messages.send({ roomId, body: 'Hello, all of you', attachments })
  }
  await fillRooms(query, { id, client, friend, asked, owned: owned.id, joined: joined.id })
  await fillMeetings(query, { id, client, friend })
  await fillRecordings({ id, client, friend })
  await fillAccounts({ id, client })
  const people = { friend, asker, asked, blocked, blocker, admin, late }
  const room = { direct, second, owned, joined, alone }
  return { id, client, token, secret, codes, key: key.secret, service: service.secret, people, room }
}

interface Filled {
  id: UserId
  client: AntiphonClient
  friend: Person
  asked: Person
  owned: RoomId
  joined: RoomId
}

/** What somebody leaves in rooms besides messages: as who did it, and as whom it is about. */
async function fillRooms(
  query: TestServer['query'],
  { id, client, friend, asked, owned, joined }: Filled,
): Promise<void> {
  const { messages } = client
  const { userName } = await messages.typing({ roomId: owned }).then(() => client.users.me())
  const { seq } = await friend.client.messages.send({ roomId: owned, body: `Is @${userName} there?` })
  // What others wrote of them is theirs, and not looked for.
  await query(`update messages set body = 'Is anybody there?' where room_id = $1 and seq = $2`, [owned, seq])
  await messages.react({ roomId: owned, seq, emoji: '🦓' })
  await messages.report({ roomId: owned, seq, reason: 'Too curious' })
  await messages.markRead({ roomId: owned, seq })
  const own = await messages.send({ roomId: owned, body: 'Gone at once' })
  await messages.remove({ roomId: owned, seq: own.seq })
  await messages.rooms.members.ban({ roomId: owned, userId: asked.user.id })
  await messages.rooms.leave({ roomId: joined })
  await asked.client.messages.rooms.members.add({ roomId: joined, userIds: [id] })
  const other = await asked.client.messages.rooms.create({ name: 'Attic' })
  await asked.client.messages.rooms.members.ban({ roomId: other.id, userId: id })
}

/** What somebody leaves at meetings: as the host, and as a guest. */
async function fillMeetings(
  query: TestServer['query'],
  { id, client, friend }: Pick<Filled, 'id' | 'client' | 'friend'>,
): Promise<void> {
  const plain = {
    ...{ title: 'Rehearsal', startsAt: new Date(Date.now() + 3_600_000), durationMinutes: 60, timeZone: 'UTC' },
    ...{ link: 'https://meet.example.com/choir', lobby: true },
  }
  const guest = friend.user.id
  const own = await client.meetings.create({ ...plain, description: canaries.meeting, invitees: [{ userId: guest }] })
  await client.meetings.join({ meetingId: own.id })
  await friend.client.meetings.join({ meetingId: own.id })
  await client.meetings.lobby.admit({ meetingId: own.id, userIds: [guest] })
  const other = await friend.client.meetings.create({ ...plain, invitees: [{ userId: id }] })
  await client.meetings.join({ meetingId: other.id })
  await friend.client.meetings.lobby.admit({ meetingId: other.id, userIds: [id] })
  await client.meetings.join({ meetingId: other.id })
  await client.meetings.feed.create()
  const { link: _, lobby: __, ...built } = plain
  const room = await friend.client.meetings.create({ ...built, title: 'Choir', invitees: [{ userId: id }] })
  const entered = await client.meetings.join({ meetingId: room.id })
  const ticket = entered.status === 'admitted' ? (entered.ticket ?? '') : ''
  const { sessionId } = await client.sessions.peer.join({ ticket, tab: 'choir' })
  await query(`update sessions set end_requested_by = $1 where id = $2`, [id, sessionId])
  await query(
    `insert into provider_connections (id, provider, name, settings, created_by) values ($1, 'zoom', 'School', '{}', $2)`,
    [newId('connection'), id],
  )
}

/** What somebody leaves at recordings: as the owner, and as somebody who watched. */
async function fillRecordings({ id, client, friend }: Pick<Filled, 'id' | 'client' | 'friend'>): Promise<void> {
  const { recordings } = client.meetings
  const { id: recordingId } = await recordings.create({ title: canaries.recording })
  const film = await client.uploads.upload(wav(), { name: canaries.filmName, type: 'audio/wav' })
  await recordings.update({ recordingId, addUploads: [film.id] })
  await recordings.share({ recordingId, viewers: [{ userId: friend.user.id }] })
  await recordings.createLink({ recordingId, name: canaries.linkName })
  await friend.client.meetings.recordings.playback({ recordingId })
  const other = await friend.client.meetings.recordings.create({ title: 'Concert' })
  await friend.client.meetings.recordings.share({ recordingId: other.id, viewers: [{ userId: id }] })
  await recordings.playback({ recordingId: other.id })
}

/** What somebody leaves in the accounts: as who keeps them, as a member of a label, as a listener. */
async function fillAccounts({ id, client }: Pick<Filled, 'id' | 'client'>): Promise<void> {
  const { labels, listeners, streams, tracks } = client.royalties
  const label = await labels.create({ name: 'Mining Records' })
  await labels.addMember({ labelId: label.id, userId: id })
  const track = await tracks.create({ externalId: 'down-the-mine', labelId: label.id })
  const fee = { period: '2026-10', grossMinor: 799n, currency: 'EUR', origin: 'web' }
  const { id: listenerId } = await listeners.create({ externalId: 'listener-1', userId: id, fee })
  await streams.create({ playedOn: '2026-10-31', listenerId, trackId: track.id, seconds: 100 })
}

/** All that the database holds, a text per row, by table; bytes as hexadecimal. */
export async function wholeDatabase({ query }: Pick<TestServer, 'query'>): Promise<Map<string, string[]>> {
  const tables = await query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname in ('public', 'graphile_worker') order by 1`,
  )
  const texts = tables.map(async ({ name }) => {
    const rows = await query<{ row: string }>(`select t::text as row from ${name} t`)
    return [name, rows.map(({ row }) => row)] as const
  })
  return new Map(await Promise.all(texts))
}

/** Where in the database the canaries are, in any case, as text or as bytes: `[canary, table]`. */
export async function findCanaries(server: Pick<TestServer, 'query'>): Promise<[string, string][]> {
  const tables = [...(await wholeDatabase(server))].map(
    ([name, rows]) => [name, rows.join('\n').toLowerCase()] as const,
  )
  return Object.entries(canaries).flatMap(([canary, value]) => {
    const text = value.toLowerCase()
    const forms = [text, ...[value, text].map((form) => Buffer.from(form).toString('hex'))]
    const found = tables.filter(([, all]) => forms.some((form) => all.includes(form)))
    return found.map(([table]): [string, string] => [canary, table])
  })
}

/** Every column that names users: by a foreign key to them, or by what is in it. */
export async function columnsNamingUsers({ query }: Pick<TestServer, 'query'>) {
  const keys = await query<{ column: string }>(
    `select conrelid::regclass || '.' || attname as column from pg_constraint
     join pg_attribute on attrelid = conrelid and attnum = any (conkey)
     where contype = 'f' and confrelid = 'users'::regclass`,
  )
  const texts = await query<{ table: string; name: string }>(
    `select table_name as table, column_name as name from information_schema.columns
     where table_schema = 'public' and data_type in ('text', 'character varying', 'ARRAY', 'json', 'jsonb')`,
  )
  const byValue: string[] = []
  // One after the other: each takes a connection of its own.
  for (const { table, name } of texts) {
    const rows = await query(`select 1 from ${table} where ${name}::text ~ '(^|[^a-z])usr_[0-9a-z]{26}' limit 1`)
    if (rows.length > 0) byValue.push(`${table}.${name}`)
  }
  return { byKey: keys.map(({ column }) => column).sort(), byValue: byValue.sort() }
}

/** An id that is nobody's. */
export const nobody = newId('user')
