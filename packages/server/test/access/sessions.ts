import type { ConnectionId } from '@antiphon/client'
import { type Row, reads, writes } from './world.ts'

const notAdmin = { stranger: 'NOT_ALLOWED', related: 'NOT_ALLOWED', owner: 'NOT_ALLOWED' }
const managers = { ...notAdmin, fullKey: 'NOT_ALLOWED', acting: 'NOT_ALLOWED' }
const others = { stranger: 'NOT_FOUND', related: 'NOT_FOUND', admin: 'NOT_FOUND' }
const connectionId: ConnectionId = `con_${'0'.repeat(26)}`

const account = {
  ...{
    provider: 'zoom' as const,
    name: 'Matrix',
    accountId: 'x',
    clientId: 'x',
    clientSecret: 'x',
    webhookSecret: 'x',
  },
}

/** The rows of sessions. Accounts at providers are for administrators; Zoom is not there, and no account is connected. */
export const sessions: Record<string, Row> = {
  'sessions.providers.connect': {
    call: (client) => client.sessions.providers.connect(account),
    answers: writes({ ...managers, admin: 'UNAVAILABLE' }),
  },
  'sessions.providers.list': {
    call: (client) => client.sessions.providers.list(),
    answers: { ...reads(managers), readKey: 'NOT_ALLOWED' },
  },
  'sessions.providers.update': {
    call: (client) => client.sessions.providers.update({ connectionId, name: 'New' }),
    answers: writes({ ...managers, admin: 'NOT_FOUND' }),
  },
  'sessions.providers.remove': {
    call: (client) => client.sessions.providers.remove({ connectionId }),
    answers: writes({ ...managers, admin: 'NOT_FOUND' }),
  },
  'sessions.providers.check': {
    call: (client) => client.sessions.providers.check({ connectionId }),
    answers: writes({ ...managers, admin: 'NOT_FOUND' }),
  },
  'sessions.peer.join': {
    call: (client, { ticket }) => client.sessions.peer.join({ ticket, tab: 'matrix' }),
    answers: writes({ stranger: 'TICKET_INVALID', related: 'TICKET_INVALID', admin: 'TICKET_INVALID' }),
  },
  'sessions.peer.leave': {
    call: (client, { sessionId, participantKey }) => client.sessions.peer.leave({ sessionId, participantKey }),
    answers: writes(others),
  },
  'sessions.peer.signal': {
    call: (client, { sessionId, participantKey }) => client.sessions.peer.signal({ sessionId, participantKey }),
    answers: writes(others),
  },
  'sessions.peer.record': {
    call: (client, { sessionId, participantKey, uploadId }) =>
      client.sessions.peer.record({ sessionId, participantKey, uploadId, state: 'end' }),
    answers: writes({ ...others, related: 'NOT_ALLOWED' }),
  },
}
