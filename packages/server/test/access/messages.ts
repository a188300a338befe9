import type { AntiphonClient } from '@antiphon/client'
import { type Row, reads, writes } from './world.ts'

/** Opens the stream, and closes it at its first event. */
function firstEvent(client: AntiphonClient): Promise<void> {
  const stream = client.events.subscribe()
  return new Promise<void>((resolve, reject) => {
    stream.onAny(() => resolve())
    stream.onStatus((status) => {
      if (status.state === 'closed' && 'error' in status) reject(status.error)
    })
  }).finally(() => stream.close())
}

const members = { stranger: 'NOT_FOUND', admin: 'NOT_FOUND' }

/** The rows of the messages router; those of its rooms are in rooms.ts. */
export const messages: Record<string, Row> = {
  'messages.send': {
    call: (client, { roomId }) => client.messages.send({ roomId, body: 'Knock, knock' }),
    answers: writes(members),
  },
  'messages.typing': {
    call: (client, { roomId }) => client.messages.typing({ roomId }),
    answers: writes(members),
  },
  'events.subscribe': { call: firstEvent, answers: reads({ readKey: 'NOT_ALLOWED' }) },
  'messages.list': { call: (client, { roomId }) => client.messages.list({ roomId }), answers: reads(members) },
  'messages.since': {
    call: (client, { roomId }) => client.messages.since({ roomId, after: 0 }),
    answers: reads(members),
  },
}
