import { type Row, reads, writes } from './world.ts'

const members = { stranger: 'NOT_FOUND', admin: 'NOT_FOUND' }

/** The rows of the messages router; those of its rooms are in rooms.ts. */
export const messages: Record<string, Row> = {
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
