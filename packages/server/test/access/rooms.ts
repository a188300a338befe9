import { type Row, reads, writes } from './world.ts'

const outside = { stranger: 'NOT_FOUND', admin: 'NOT_FOUND' }
const members = { ...outside, related: 'ROLE_TOO_LOW' }
const ownersStay = { owner: 'OWNER_STAYS', fullKey: 'OWNER_STAYS', acting: 'OWNER_STAYS' }

/** The rows of the rooms router, within messages. */
export const rooms: Record<string, Row> = {
  'messages.rooms.create': { call: (client) => client.messages.rooms.create({ name: 'Matrix' }), answers: writes() },
  'messages.rooms.direct': {
    call: (client, { relatedId }) => client.messages.rooms.direct({ userId: relatedId }),
    answers: writes(),
  },
  'messages.rooms.get': {
    call: (client, { roomId }) => client.messages.rooms.get({ roomId }),
    answers: reads(outside),
  },
  'messages.rooms.list': { call: (client) => client.messages.rooms.list(), answers: reads() },
  'messages.rooms.update': {
    call: (client, { roomId }) => client.messages.rooms.update({ roomId, name: 'New' }),
    answers: writes(members),
  },
  'messages.rooms.archive': {
    call: (client, { roomId }) => client.messages.rooms.archive({ roomId }),
    answers: writes(members),
  },
  'messages.rooms.remove': {
    call: (client, { roomId }) => client.messages.rooms.remove({ roomId }),
    answers: writes(members),
  },
  // The room is closed: who is in it already is told so.
  'messages.rooms.join': {
    call: (client, { roomId }) => client.messages.rooms.join({ roomId }),
    answers: writes(outside),
  },
  'messages.rooms.leave': {
    call: (client, { roomId }) => client.messages.rooms.leave({ roomId }),
    answers: writes({ ...outside, ...ownersStay }),
  },
  'messages.rooms.export': {
    call: async (client, { roomId }) => {
      for await (const _ of client.messages.rooms.export({ roomId })) break
    },
    answers: reads(outside),
  },
  'messages.rooms.members.list': {
    call: (client, { roomId }) => client.messages.rooms.members.list({ roomId }),
    answers: reads(outside),
  },
  'messages.rooms.members.add': {
    call: (client, { roomId, requesterId }) => client.messages.rooms.members.add({ roomId, userIds: [requesterId] }),
    answers: writes(members),
  },
  'messages.rooms.members.remove': {
    call: (client, { roomId, relatedId }) => client.messages.rooms.members.remove({ roomId, userId: relatedId }),
    answers: writes(members),
  },
  'messages.rooms.members.setRole': {
    call: (client, { roomId, relatedId }) =>
      client.messages.rooms.members.setRole({ roomId, userId: relatedId, role: 'admin' }),
    answers: writes(members),
  },
  'messages.rooms.members.ban': {
    call: (client, { roomId, relatedId }) => client.messages.rooms.members.ban({ roomId, userId: relatedId }),
    answers: writes(members),
  },
  'messages.rooms.members.unban': {
    call: (client, { roomId, blockedId }) => client.messages.rooms.members.unban({ roomId, userId: blockedId }),
    answers: writes(members),
  },
}
