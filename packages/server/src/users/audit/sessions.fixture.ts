import type { Person } from '../../../test/server.ts'

/** Somebody in the built-in room of a meeting of theirs. */
async function inRoom({ client }: Person) {
  const when = { startsAt: new Date(Date.now() + 600_000), durationMinutes: 60, timeZone: 'UTC' }
  const { id: meetingId } = await client.meetings.create({ title: 'Audited', ...when })
  const entered = await client.meetings.join({ meetingId })
  const ticket = entered.status === 'admitted' ? (entered.ticket ?? '') : ''
  return client.sessions.peer.join({ ticket, tab: 'audited' })
}

type Deed = (person: Person) => Promise<{ by: string | null; target: string | null; details?: object }>

/** What hosts do with sessions. */
export const deedsInSessions: Record<string, Deed> = {
  'sessions.end': async (person) => {
    const { sessionId } = await inRoom(person)
    await person.client.sessions.end({ sessionId })
    return { by: person.user.id, target: sessionId }
  },
  'sessions.kick': async (person) => {
    const { sessionId, participantKey } = await inRoom(person)
    await person.client.sessions.kick({ sessionId, participantKey })
    return { by: person.user.id, target: sessionId, details: { ban: 'false' } }
  },
  'sessions.lock': async (person) => {
    const { sessionId } = await inRoom(person)
    await person.client.sessions.lock({ sessionId })
    return { by: person.user.id, target: sessionId }
  },
  'sessions.unlock': async (person) => {
    const { sessionId } = await inRoom(person)
    await person.client.sessions.unlock({ sessionId })
    return { by: person.user.id, target: sessionId }
  },
}
