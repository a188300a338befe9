import { expect, test } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'

const { signUp, query } = await startTestServer()
const [ann, bob, cleo] = [await signUp(), await signUp(), await signUp()]

test('a report is kept and audited once per person, whom nobody is told of', async () => {
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
  const { seq } = await bob.client.messages.send({ roomId, body: 'Rude' })
  const report = { roomId, seq, reason: 'It is rude.' }
  await Promise.all([1, 2, 3].map(() => ann.client.messages.report(report)))
  await ann.client.messages.report({ ...report, reason: 'Still rude.' })
  await bob.client.messages.report(report)
  const kept = await query('select reporter_id, seq, reason from reports where room_id = $1 order by id', [roomId])
  expect(kept).toEqual([
    { reporter_id: ann.user.id, seq: String(seq), reason: 'It is rude.' },
    { reporter_id: bob.user.id, seq: String(seq), reason: 'It is rude.' },
  ])
  const lines = `select user_id, details from audit_log where action = 'messages.report' and target = $1 order by id`
  expect(await query(lines, [roomId])).toEqual([
    { user_id: ann.user.id, details: { seq: String(seq) } },
    { user_id: bob.user.id, details: { seq: String(seq) } },
  ])
  expect((await bob.client.messages.since({ roomId, after: seq })).events).toEqual([])
})

test('is refused for what one cannot see, and without a reason', async () => {
  const { id: roomId } = await ann.client.messages.rooms.create({ name: 'Choir', memberIds: [bob.user.id] })
  const { seq } = await bob.client.messages.send({ roomId, body: 'Rude' })
  const reason = 'It is rude.'
  expect(await codeOf(cleo.client.messages.report({ roomId, seq, reason }))).toBe('NOT_FOUND')
  for (const other of [1, 99]) {
    expect(await codeOf(ann.client.messages.report({ roomId, seq: other, reason }))).toBe('NOT_FOUND')
  }
  for (const wrong of ['', ' ', 'x'.repeat(501)]) {
    expect(await codeOf(ann.client.messages.report({ roomId, seq, reason: wrong }))).toBe('INVALID_INPUT')
  }
})
