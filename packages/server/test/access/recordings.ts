import { forAnyone, type Row, reads, writes } from './world.ts'

const viewers = { stranger: 'NOT_FOUND', admin: 'NOT_FOUND' }
const owner = { ...viewers, related: 'NOT_FOUND' }

/** The rows of recordings; that of the world is shared with `related`. */
export const recordings: Record<string, Row> = {
  'meetings.recordings.create': {
    call: (client) => client.meetings.recordings.create({ title: 'Concert' }),
    answers: writes(),
  },
  'meetings.recordings.get': {
    call: (client, { recordingId }) => client.meetings.recordings.get({ recordingId }),
    answers: reads(viewers),
  },
  'meetings.recordings.list': { call: (client) => client.meetings.recordings.list(), answers: reads() },
  'meetings.recordings.update': {
    call: (client, { recordingId }) => client.meetings.recordings.update({ recordingId, title: 'Mine' }),
    answers: writes(owner),
  },
  'meetings.recordings.setVisibility': {
    call: (client, { recordingId }) => client.meetings.recordings.setVisibility({ recordingId, visibility: 'members' }),
    answers: writes(owner),
  },
  'meetings.recordings.share': {
    call: (client, { recordingId, requesterId }) =>
      client.meetings.recordings.share({ recordingId, viewers: [{ userId: requesterId }] }),
    answers: writes(owner),
  },
  'meetings.recordings.unshare': {
    call: (client, { recordingId, relatedId }) =>
      client.meetings.recordings.unshare({ recordingId, viewers: [{ userId: relatedId }] }),
    answers: writes(owner),
  },
  'meetings.recordings.viewers': {
    call: (client, { recordingId }) => client.meetings.recordings.viewers({ recordingId }),
    answers: reads(owner),
  },
  'meetings.recordings.createLink': {
    call: (client, { recordingId }) => client.meetings.recordings.createLink({ recordingId, name: 'x' }),
    answers: writes(owner),
  },
  'meetings.recordings.revokeLink': {
    call: (client, { linkId }) => client.meetings.recordings.revokeLink({ linkId }),
    answers: writes(owner),
  },
  'meetings.recordings.listLinks': {
    call: (client, { recordingId }) => client.meetings.recordings.listLinks({ recordingId }),
    answers: reads(owner),
  },
  'meetings.recordings.openLink': {
    // The recording is private: its link leads nowhere.
    call: (client, { linkToken }) => client.meetings.recordings.openLink({ link: linkToken }),
    answers: forAnyone('NOT_FOUND'),
  },
  'meetings.recordings.playback': {
    call: (client, { recordingId }) => client.meetings.recordings.playback({ recordingId }),
    answers: writes(viewers),
  },
  'meetings.recordings.views': {
    call: (client, { recordingId }) => client.meetings.recordings.views({ recordingId }),
    answers: reads(owner),
  },
  'meetings.recordings.remove': {
    call: (client, { recordingId }) => client.meetings.recordings.remove({ recordingId }),
    answers: writes(owner),
  },
  'meetings.recordings.restore': {
    call: (client, { recordingId }) => client.meetings.recordings.restore({ recordingId }),
    answers: writes(owner),
  },
}
