import { type Row, reads, writes } from './world.ts'

const members = { stranger: 'NOT_FOUND', admin: 'NOT_FOUND' }

/** The rows of the messages router. */
export const messages: Record<string, Row> = {
  'messages.rooms.create': { call: (client) => client.messages.rooms.create({ name: 'Matrix' }), answers: writes() },
  'messages.rooms.direct': {
    call: (client, { relatedId }) => client.messages.rooms.direct({ userId: relatedId }),
    answers: writes(),
  },
  'messages.rooms.list': { call: (client) => client.messages.rooms.list(), answers: reads() },
  'messages.send': {
    call: (client, { roomId }) => client.messages.send({ roomId, body: 'Knock, knock' }),
    answers: writes(members),
  },
  'messages.list': { call: (client, { roomId }) => client.messages.list({ roomId }), answers: reads(members) },
  'messages.since': {
    call: (client, { roomId }) => client.messages.since({ roomId, after: 0 }),
    answers: reads(members),
  },
}
