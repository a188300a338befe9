import { inPerson, type Row, reads, writes } from './world.ts'

const invited = { stranger: 'NOT_FOUND', admin: 'NOT_FOUND' }
const host = { ...invited, related: 'NOT_FOUND' }
const hosting = { stranger: 'NOT_FOUND', related: 'NOT_FOUND' }

const plain = {
  ...{ title: 'Matrix', startsAt: new Date('2037-05-04T17:00Z'), durationMinutes: 60, timeZone: 'UTC' },
  link: 'https://meet.example.com/matrix',
}

/** The rows of meetings; that of the world is held by the owner, and `related` is invited. */
export const meetings: Record<string, Row> = {
  'meetings.create': { call: (client) => client.meetings.create(plain), answers: writes() },
  'meetings.get': {
    call: (client, { meetingId }) => client.meetings.get({ meetingId }),
    answers: reads({ stranger: 'NOT_FOUND' }),
  },
  'meetings.list': { call: (client) => client.meetings.list(), answers: reads() },
  'meetings.update': {
    call: (client, { meetingId }) => client.meetings.update({ meetingId, title: 'New' }),
    answers: writes(host),
  },
  'meetings.cancel': {
    call: (client, { meetingId }) => client.meetings.cancel({ meetingId }),
    answers: writes(hosting),
  },
  'meetings.remove': {
    call: (client, { meetingId }) => client.meetings.remove({ meetingId }),
    answers: writes(hosting),
  },
  'meetings.invite': {
    call: (client, { meetingId, requesterId }) =>
      client.meetings.invite({ meetingId, invitees: [{ userId: requesterId }] }),
    answers: writes(host),
  },
  'meetings.uninvite': {
    call: (client, { meetingId, relatedId }) =>
      client.meetings.uninvite({ meetingId, invitees: [{ userId: relatedId }] }),
    answers: writes(host),
  },
  // The owner holds it, and is not invited.
  'meetings.respond': {
    call: (client, { meetingId }) => client.meetings.respond({ meetingId, response: 'yes' }),
    answers: writes({ ...invited, owner: 'NOT_YOURSELF', fullKey: 'NOT_YOURSELF', acting: 'NOT_YOURSELF' }),
  },
  'meetings.invitees': {
    call: (client, { meetingId }) => client.meetings.invitees({ meetingId }),
    answers: reads(invited),
  },
  'meetings.calendar': {
    call: (client, { meetingId }) => client.meetings.calendar({ meetingId }),
    answers: reads(invited),
  },
  'meetings.feed.create': { call: (client) => client.meetings.feed.create(), answers: inPerson() },
  'meetings.feed.revoke': { call: (client) => client.meetings.feed.revoke(), answers: writes() },
  'meetings.join': {
    call: (client, { meetingId }) => client.meetings.join({ meetingId }),
    answers: writes(invited),
  },
  'meetings.attendance': {
    call: (client, { meetingId }) => client.meetings.attendance({ meetingId }),
    answers: reads(host),
  },
  'meetings.lobby.list': {
    call: (client, { meetingId }) => client.meetings.lobby.list({ meetingId }),
    answers: reads(host),
  },
  'meetings.lobby.admit': {
    call: (client, { meetingId, relatedId }) => client.meetings.lobby.admit({ meetingId, userIds: [relatedId] }),
    answers: writes(host),
  },
  'meetings.lobby.deny': {
    call: (client, { meetingId, relatedId }) => client.meetings.lobby.deny({ meetingId, userIds: [relatedId] }),
    answers: writes(host),
  },
}
