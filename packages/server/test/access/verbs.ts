import { type Row, reads, writes } from './world.ts'

const members = { stranger: 'NOT_FOUND', admin: 'NOT_FOUND' }
const sender = { ...members, related: 'ROLE_TOO_LOW' }

/** The rows of what is done with messages, besides sending and reading them. */
export const verbs: Record<string, Row> = {
  'messages.get': {
    call: (client, { roomId, messageSeq: seq }) => client.messages.get({ roomId, seq }),
    answers: reads(members),
  },
  'messages.recent': { call: (client) => client.messages.recent(), answers: reads() },
  'messages.search': {
    call: (client, { roomId }) => client.messages.search({ roomId, query: 'welcome' }),
    answers: reads(members),
  },
  'messages.unread': {
    call: (client, { roomId }) => client.messages.unread({ roomIds: [roomId] }),
    answers: reads(members),
  },
  'messages.receipts': { call: (client, { roomId }) => client.messages.receipts({ roomId }), answers: reads(members) },
  'messages.versions': {
    call: (client, { roomId, messageSeq: seq }) => client.messages.versions({ roomId, seq }),
    answers: reads(members),
  },
  'messages.edit': {
    call: (client, { roomId, messageSeq: seq }) => client.messages.edit({ roomId, seq, body: 'Welcome!' }),
    answers: writes({ ...members, related: 'NOT_YOURS' }),
  },
  'messages.remove': {
    call: (client, { roomId, messageSeq: seq }) => client.messages.remove({ roomId, seq }),
    answers: writes(sender),
  },
  'messages.react': {
    call: (client, { roomId, messageSeq: seq }) => client.messages.react({ roomId, seq, emoji: '👍' }),
    answers: writes(members),
  },
  'messages.unreact': {
    call: (client, { roomId, messageSeq: seq }) => client.messages.unreact({ roomId, seq, emoji: '👍' }),
    answers: writes(members),
  },
  'messages.markDelivered': {
    call: (client, { roomId, messageSeq: seq }) => client.messages.markDelivered({ roomId, seq }),
    answers: writes(members),
  },
  'messages.markRead': {
    call: (client, { roomId, messageSeq: seq }) => client.messages.markRead({ roomId, seq }),
    answers: writes(members),
  },
  'messages.report': {
    call: (client, { roomId, messageSeq: seq }) => client.messages.report({ roomId, seq, reason: 'Rude' }),
    answers: writes(members),
  },
  'messages.sendBatch': {
    call: async (client, { roomId }) => {
      const [result] = await client.messages.sendBatch({ items: [{ roomId, body: 'Knock', clientId: 'k' }] })
      if (result?.status === 'rejected') throw Object.assign(new Error('It was rejected.'), { code: result.code })
    },
    answers: writes({ ...members, service: 'INVALID_INPUT' }),
  },
}
