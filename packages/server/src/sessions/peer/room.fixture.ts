import type { AntiphonClient, MeetingId, StreamEvent } from '@antiphon/client'
import { createClient } from '@antiphon/client'
import { vi } from 'vitest'

const hour = 3_600_000

/** A meeting that is on, in the built-in room. */
export async function meet(host: AntiphonClient, ...guests: readonly { user: { id: `usr_${string}` } }[]) {
  const startsAt = new Date(Math.floor(Date.now() / hour) * hour)
  const times = { startsAt, durationMinutes: 120, timeZone: 'UTC' }
  const invitees = guests.map(({ user }) => ({ userId: user.id }))
  return host.meetings.create({ title: 'Choir', ...times, invitees })
}

export async function ticketOf(client: AntiphonClient, meetingId: MeetingId): Promise<string> {
  const joined = await client.meetings.join({ meetingId })
  return (joined.status === 'admitted' && joined.ticket) || Promise.reject(new Error('no ticket'))
}

let tabs = 0

/** Somebody's page in a room. */
export async function enter(client: AntiphonClient, meetingId: MeetingId, tab = `tab-${++tabs}`) {
  const ticket = await ticketOf(client, meetingId)
  return client.sessions.peer.join({ ticket, tab })
}

/** A stream of a person, and what came through it. */
export async function listen(url: string, token: string) {
  const stream = createClient({ url, token }).events.subscribe()
  const frames: StreamEvent[] = []
  stream.onAny((frame) => frames.push(frame))
  const of = <Kind extends StreamEvent['kind']>(kind: Kind) =>
    frames.filter((frame): frame is Extract<StreamEvent, { kind: Kind }> => frame.kind === kind)
  await vi.waitFor(() => of('welcome')[0] ?? Promise.reject(new Error('not welcome')), 5_000)
  return { stream, of }
}
