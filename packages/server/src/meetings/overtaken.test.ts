import { createClient } from '@antiphon/client'
import { expect, test } from 'vitest'
import { overtake } from '../../test/overtake.ts'
import { codeOf, startTestServer } from '../../test/server.ts'

const server = await startTestServer()
const { url, signUp, query } = server

const hour = 3_600_000
const startsAt = new Date(Math.ceil(Date.now() / hour) * hour)
const plain = { title: 'Rehearsal', durationMinutes: 90, timeZone: 'UTC', link: 'https://meet.example.com/x', startsAt }

async function arranged() {
  const [ann, bob] = [await signUp(), await signUp()]
  const { id: meetingId } = await ann.client.meetings.create({ ...plain, invitees: [{ userId: bob.user.id }] })
  const patient = createClient({ url, token: bob.token, maxRetries: 0 })
  return { ann, bob, meetingId, patient }
}

const cancel = 'update meetings set cancelled_at = now() where id = $1'
const remove = 'update meetings set removed_at = now() where id = $1'
const uninvite = 'delete from meeting_invitations where meeting_id = $1'
const lock = 'select 1 from meetings where id = $1 for no key update'

test('nobody joins a meeting that is cancelled or removed meanwhile', async () => {
  for (const [sql, code] of [[cancel, 'MEETING_OVER'] as const, [remove, 'NOT_FOUND'] as const]) {
    const { meetingId, patient } = await arranged()
    const join = () => codeOf(patient.meetings.join({ meetingId }))
    expect(await overtake(server, { sql, id: meetingId }, join)).toBe(code)
    expect(await query('select 1 from meeting_attendance where meeting_id = $1', [meetingId])).toEqual([])
  }
})

test('nobody joins by an invitation that is taken back meanwhile', async () => {
  const { meetingId, patient } = await arranged()
  const join = () => codeOf(patient.meetings.join({ meetingId }))
  expect(await overtake(server, { sql: lock, id: meetingId, more: [uninvite] }, join)).toBe('NOT_FOUND')
  expect(await query('select 1 from meeting_attendance where meeting_id = $1', [meetingId])).toEqual([])
})

test('an answer to an invitation that is taken back meanwhile is none', async () => {
  const { meetingId, patient } = await arranged()
  const respond = () => codeOf(patient.meetings.respond({ meetingId, response: 'yes' }))
  expect(await overtake(server, { sql: uninvite, id: meetingId }, respond)).toBe('NOT_FOUND')
})

test('nobody is invited to a meeting that is removed or cancelled meanwhile', async () => {
  for (const [sql, code] of [[remove, 'NOT_FOUND'] as const, [cancel, 'MEETING_OVER'] as const]) {
    const { ann, meetingId } = await arranged()
    const cleo = await signUp()
    const invite = () => codeOf(ann.client.meetings.invite({ meetingId, invitees: [{ userId: cleo.user.id }] }))
    expect(await overtake(server, { sql, id: meetingId }, invite)).toBe(code)
    expect(await query('select 1 from meeting_invitations where user_id = $1', [cleo.user.id])).toEqual([])
  }
})

test('of changes at once each is there, and the times are those of one of them', async () => {
  const { ann, meetingId } = await arranged()
  const { meetings } = ann.client
  const rules = ['FREQ=DAILY;COUNT=3', 'FREQ=DAILY;COUNT=5', 'FREQ=WEEKLY;COUNT=4']
  await Promise.all([
    ...rules.map((recurrence) => meetings.update({ meetingId, recurrence })),
    meetings.update({ meetingId, title: 'General rehearsal' }),
    meetings.update({ meetingId, description: 'Bring pencils' }),
  ])
  const after = await meetings.get({ meetingId })
  expect(after).toMatchObject({ title: 'General rehearsal', description: 'Bring pencils' })
  const { items } = await meetings.list()
  expect(items).toHaveLength(Number(/COUNT=(\d)/.exec(after.recurrence ?? '')?.[1]))
  const [row] = await query('select sequence from meetings where id = $1', [meetingId])
  expect(row).toEqual({ sequence: 5 })
})

test('a cancellation and a change at once: it is cancelled in the end', async () => {
  for (let round = 0; round < 5; round++) {
    const { ann, meetingId } = await arranged()
    const { meetings } = ann.client
    const [, changed] = await Promise.all([
      meetings.cancel({ meetingId }),
      meetings.update.safe({ meetingId, startsAt: new Date(startsAt.getTime() + hour) }),
    ])
    expect(['ok', 'MEETING_OVER']).toContain(changed.ok ? 'ok' : changed.error.code)
    expect((await meetings.get({ meetingId })).cancelledAt).toBeInstanceOf(Date)
  }
})
