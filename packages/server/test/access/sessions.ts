import type { ConnectionId } from '@antiphon/client'
import { type Row, reads, writes } from './world.ts'

const notAdmin = { stranger: 'NOT_ALLOWED', related: 'NOT_ALLOWED', owner: 'NOT_ALLOWED' }
const managers = { ...notAdmin, fullKey: 'NOT_ALLOWED', acting: 'NOT_ALLOWED' }
const notHost = { stranger: 'NOT_FOUND', related: 'NOT_FOUND' }
/** The key that reads has no scope for sessions. */
const seen = (answers: Parameters<typeof reads>[0] = {}) => ({ ...reads(answers), readKey: 'NOT_ALLOWED' })
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
  'sessions.live': { call: (client) => client.sessions.live(), answers: seen() },
  'sessions.available': { call: (client) => client.sessions.available(), answers: seen() },
  'sessions.get': {
    call: (client, { sessionId }) => client.sessions.get({ sessionId }),
    answers: seen({ stranger: 'NOT_FOUND' }),
  },
  'sessions.participants': {
    call: (client, { sessionId }) => client.sessions.participants({ sessionId }),
    answers: seen({ stranger: 'NOT_FOUND' }),
  },
  'sessions.history': {
    call: (client, { meetingId }) => client.sessions.history({ meetingId }),
    answers: seen(notHost),
  },
  'sessions.export': {
    call: (client, { meetingId }) => client.sessions.export({ meetingId }),
    answers: seen(notHost),
  },
  'sessions.end': { call: (client, { sessionId }) => client.sessions.end({ sessionId }), answers: writes(notHost) },
  'sessions.kick': {
    call: (client, { sessionId, participantKey }) => client.sessions.kick({ sessionId, participantKey }),
    answers: writes(notHost),
  },
  'sessions.lock': { call: (client, { sessionId }) => client.sessions.lock({ sessionId }), answers: writes(notHost) },
  'sessions.unlock': {
    call: (client, { sessionId }) => client.sessions.unlock({ sessionId }),
    answers: writes(notHost),
  },
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
