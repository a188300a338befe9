import { expect, test } from 'vitest'
import { newId, type UserId } from '../../src/ids.ts'
import {
  countMembers,
  existingLabels,
  findLabel,
  labelsOfMember,
  leaveLabels,
  listLabels,
  membershipsAfter,
  membersOf,
  updateLabel,
  usesOf,
} from '../../src/royalties/labels/store.ts'
import {
  feesOfListener,
  feesOfUser,
  findListener,
  listenersOfUser,
  listListeners,
  unlinkUser,
} from '../../src/royalties/listeners/store.ts'
import {
  changesOf,
  deleteStream,
  findStream,
  listStreams,
  listStreamsOf,
  listStreamsOfImport,
} from '../../src/royalties/streams/store.ts'
import {
  findTrack,
  latestRights,
  listRights,
  listTracks,
  replaceRights,
  updateTrack,
  wasHeard,
} from '../../src/royalties/tracks/store.ts'
import { labelId, listenerId, memberId, openAccounts, period, trackId } from './accounts.ts'
import { testPlans, type Work } from './house.ts'

const { plansOf } = await openAccounts()

const page = { after: undefined, limit: 51 }
const streams = { ...page, period }
const keys = Array.from({ length: 50 }, (_, at) => 1 + at * 7)
const other: UserId = newId('user')
const row = {
  ...{ id: 1n, period, booked: period, listenerKey: 8, listenerId, trackKey: 14, trackId, playedOn: `${period}-05` },
  ...{ seconds: 1, region: '', flagged: false, importId: null, line: null },
}

testPlans(plansOf, [
  ['a label', (db) => findLabel(db, labelId), /labels_pkey/],
  ['which labels there are', (db) => existingLabels(db, [labelId]), /labels_pkey/],
  ['a label to change', (db) => updateLabel(db, labelId, { kind: 'label', name: undefined }), /labels_pkey/],
  ['labels by name', (db) => listLabels(db, { ...page, memberId: null }), /labels_name_key_key/],
  [
    'labels by name, after one',
    (db) => listLabels(db, { ...page, memberId: null, after: 'l5' }),
    /labels_name_key_key/,
  ],
  ['the labels of a member', (db) => listLabels(db, { ...page, memberId }), /label_members_user[\s\S]*labels_pkey/],
  ['whether somebody is a member', (db) => labelsOfMember(db, memberId, [labelId]), /label_members_(user|pkey)/],
  ['the members of a label', (db) => membersOf(db, labelId, 200), /label_members_pkey/],
  ['how many members a label has', (db) => countMembers(db, labelId), /label_members_pkey/],
  ['what somebody is a member of', (db) => membershipsAfter(db, memberId, '', 200), /label_members_user/],
  ['leaving all labels', (db) => leaveLabels(db, memberId), /label_members_user/],
  ['a track', (db) => findTrack(db, { trackId }), /tracks_pkey/],
  ['a track by its external id', (db) => findTrack(db, { externalId: '77' }), /tracks_external_id_key/],
  ['a track to change', (db) => updateTrack(db, trackId, { title: 'x', isrc: undefined }), /tracks_pkey/],
  ['tracks', (db) => listTracks(db, page), /tracks_key_key/],
  ['tracks, after one', (db) => listTracks(db, { ...page, after: 70 }), /tracks_key_key/],
  ['tracks of an external id', (db) => listTracks(db, { ...page, externalId: '77' }), /tracks_external_id_key/],
  ['tracks of a code', (db) => listTracks(db, { ...page, isrc: 'NLA000000003' }), /tracks_isrc/],
  ['tracks of a label', (db) => listTracks(db, { ...page, labelId }), /track_rights_label/],
  ['tracks of nobody', (db) => listTracks(db, { ...page, unassigned: true }), /tracks_key_key[\s\S]*track_rights_pkey/],
  ['the latest rights of tracks', (db) => latestRights(db, keys), /track_rights_pkey/],
  ['all rights of a track', (db) => listRights(db, 70, { before: undefined, limit: 51 }), /track_rights_pkey/],
  ['rights to replace', (db) => replaceRights(db, 70, { from: period, shares: [] }), /track_rights_pkey/],
  ['whether a track was heard', (db) => wasHeard(db, 70), /streams_track/],
  ['a listener', (db) => findListener(db, { listenerId }), /listeners_pkey/],
  ['a listener by external id', (db) => findListener(db, { externalId: '77' }), /listeners_external_id_key/],
  ['listeners', (db) => listListeners(db, page), /listeners_key_key/],
  ['the listener of a user', (db) => listListeners(db, { ...page, userId: memberId }), /listeners_user_id_key/],
  [
    'whether somebody is a listener',
    (db) => listenersOfUser(db, memberId, [listenerId]),
    /listeners_(user_id_key|pkey)/,
  ],
  ['a listener to unlink', (db) => unlinkUser(db, other), /listeners_user_id_key/],
  ['a stream', (db) => findStream(db, 77n), /streams_id/],
  ['what became of a stream', (db) => changesOf(db, 77n, 200), /stream_changes_stream/],
  ['a stream to remove', (db) => deleteStream(db, row), /streams_(pkey|id)/],
  ['streams', (db) => listStreams(db, streams), /streams_pkey/],
  ['streams, after one', (db) => listStreams(db, { ...streams, after: [70, 5n] }), /streams_pkey/],
  ['flagged streams', (db) => listStreams(db, { ...streams, flagged: true }), /streams_flagged/],
  ['streams of a listener', (db) => listStreamsOf(db, { ...streams, listenerKey: 8 }), /streams_pkey/],
  ['streams of a track', (db) => listStreamsOf(db, { ...streams, trackKey: 14 }), /streams_track/],
  [
    'streams of a track, after one',
    (db) => listStreamsOf(db, { ...streams, trackKey: 14, after: 9n }),
    /streams_track/,
  ],
  ['streams of an import', (db) => listStreamsOfImport(db, { ...streams, importKey: 5 }), /streams_import/],
])

// Beside them are tables of a few rows.
test.each<[string, Work, RegExp]>([
  ['what speaks of a label', (db) => usesOf(db, labelId), /track_rights_label/],
  ['the fees of a listener', (db) => feesOfListener(db, 70, 24), /listener_fees_listener/],
  ['the fees of a user', (db) => feesOfUser(db, memberId, '', 200), /listener_fees_listener/],
])('an index serves %s', async (_what, work, expected) => {
  const [plan] = await plansOf(work)
  expect(plan).toMatch(expected)
  expect(plan).not.toMatch(/Seq Scan on (track_rights|listener_fees|listeners|labels)/)
})
