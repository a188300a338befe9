import { rm } from 'node:fs/promises'
import { createClient, type StreamEvent } from '@antiphon/client'
import { expect, onTestFinished, test, vi } from 'vitest'
import { temporaryDirectory } from '../temporary.ts'
import { serve } from './command.ts'

const hour = 3_600_000

test('those whose server is killed are gone within 15 seconds, or go on at another one', async () => {
  const data = await temporaryDirectory()
  onTestFinished(() => rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  const [one, two] = [await serve(data), await serve(data)]
  onTestFinished(async () => {
    for (const server of [one, two]) server.child.kill('SIGTERM')
    await Promise.all([one.ended, two.ended])
  })
  const people = await Promise.all(
    ['ann', 'bob', 'cleo'].map(async (userName) => {
      const account = { userName, email: `${userName}@example.com`, password: 'correct horse' }
      const { user, token } = await createClient({ url: two.url }).users.signUp(account)
      const at = (url: string) => createClient({ url, token, maxRetries: 0 })
      return { user, at }
    }),
  )
  const [ann, bob, cleo] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]]
  const meeting = await ann.at(two.url).meetings.create({
    ...{ title: 'Choir', startsAt: new Date(Math.floor(Date.now() / hour) * hour), durationMinutes: 120 },
    ...{ timeZone: 'UTC', invitees: [{ userId: bob.user.id }, { userId: cleo.user.id }] },
  })
  const enter = async (client: ReturnType<typeof ann.at>, tab: string) => {
    const door = await client.meetings.join({ meetingId: meeting.id })
    return client.sessions.peer.join({ ticket: door.status === 'admitted' ? (door.ticket ?? '') : '', tab })
  }
  const host = await enter(ann.at(two.url), 'ann')
  const frames: StreamEvent[] = []
  const stream = ann.at(two.url).events.subscribe()
  stream.onAny((frame) => frames.push(frame))
  // Both are with the first server; cleo finds the other one afterwards.
  const streams = [bob, cleo].map(({ at }) => at(one.url).events.subscribe({}, { onError: () => {} }))
  const [gone, stays] = [await enter(bob.at(one.url), 'bob'), await enter(cleo.at(one.url), 'cleo')]
  const beats = [
    [ann, host],
    [cleo, stays],
  ].map(([person, seat]) => {
    const { at } = person as typeof ann
    return setInterval(() => void at(two.url).sessions.peer.signal.safe(seat as typeof host), 1_000)
  })
  onTestFinished(() => {
    for (const timer of beats) clearInterval(timer)
    for (const open of [stream, ...streams]) open.close()
  })
  one.child.kill('SIGKILL')
  await one.ended
  const there = async () => (await ann.at(two.url).sessions.peer.signal(host)).participants.map(({ key }) => key)
  expect(await there()).toContain(gone.participantKey)
  await vi.waitFor(async () => expect(await there()).not.toContain(gone.participantKey), {
    timeout: 15_000,
    interval: 250,
  })
  expect((await there()).sort()).toEqual([host.participantKey, stays.participantKey].sort())
  expect(frames.some(({ kind }) => kind === 'session.changed')).toBe(true)
})
