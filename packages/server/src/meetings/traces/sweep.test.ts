import { expect, test, vi } from 'vitest'
import { codeOf, startTestServer } from '../../../test/server.ts'

const { signUp, query } = await startTestServer()

const plain = {
  ...{ title: 'Rehearsal', durationMinutes: 90, timeZone: 'UTC', link: 'https://meet.example.com/x', lobby: true },
  ...{ startsAt: new Date(Date.now() + 60_000), recurrence: 'FREQ=DAILY;COUNT=1000' },
}
const soon = { timeout: 20_000, interval: 50 }
const sweep = () => query(`select id from graphile_worker.add_job('sweep', '{}'::json)`)

const tables = ['meeting_occurrences', 'meeting_invitations', 'meeting_lobby', 'meeting_attendance', 'meetings']

test('of meetings that were removed 30 days ago nothing is left, once their recording and room are gone', async () => {
  const [ann, bob] = [await signUp(), await signUp()]
  const invitees = [{ userId: bob.user.id }]
  const made = async () => (await ann.client.meetings.create({ ...plain, invitees })).id
  const [old, fresh, kept, failed, live] = [await made(), await made(), await made(), await made(), await made()]
  const all = [old, fresh, kept, failed, live]
  for (const meetingId of all) for (const { client } of [ann, bob]) await client.meetings.join({ meetingId })
  for (const meetingId of all.slice(0, -1)) await ann.client.meetings.remove({ meetingId })
  await query(`update meetings set removed_at = now() - interval '31 days' where id = any($1)`, [[old, kept, failed]])
  await query(`update meetings set room_state = 'failed' where id = $1`, [failed])
  await query('delete from recordings where meeting_id = any($1)', [[old, failed]])
  const left = async (id: string) => {
    const counts: number[] = []
    for (const table of tables) {
      const column = table === 'meetings' ? 'id' : 'meeting_id'
      const [row] = await query<{ rows: number }>(`select count(*)::int as rows from ${table} where ${column} = $1`, [
        id,
      ])
      counts.push(row!.rows)
    }
    return counts
  }
  const whole = await left(live)
  expect(whole).toEqual([1_000, 1, 1, 1, 1])
  await sweep()
  const gone = async (id: string, rows: number) => {
    await vi.waitFor(async () => expect(await left(id)).toEqual([0, 0, 0, 0, rows]), soon)
  }
  await gone(old, 0)
  for (const id of [kept, failed]) await gone(id, 1)
  for (const id of [fresh, live]) expect(await left(id)).toEqual(whole)
  await query('delete from recordings where meeting_id = $1', [kept])
  await sweep()
  await gone(kept, 0)
  expect(await codeOf(ann.client.meetings.get({ meetingId: old }))).toBe('NOT_FOUND')
})
