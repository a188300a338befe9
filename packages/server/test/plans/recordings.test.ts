import { newId } from '../../src/ids.ts'
import {
  findCopy,
  findRecorded,
  finishCopy,
  noteCopy,
  setCopyUpload,
} from '../../src/meetings/recordings/copying/store.ts'
import { linksTo, recordingsAfter, viewersOf, viewsAfter } from '../../src/meetings/recordings/export/store.ts'
import { areFiles, countFiles, deleteFiles, filesOf, noteFilled } from '../../src/meetings/recordings/files/store.ts'
import {
  countLinks,
  findLink,
  linksOfOwner,
  listLinks,
  revokeLink,
  takeView,
} from '../../src/meetings/recordings/links/store.ts'
import { findPlaying, insertView, noteSent, playableFiles } from '../../src/meetings/recordings/playing/store.ts'
import { findUnprepared, lockRecordingOf, settleFile } from '../../src/meetings/recordings/preparing/store.ts'
import {
  deleteRecordings,
  deleteSeenBy,
  deleteSomeViews,
  lockToDelete,
  overdueRecordings,
  removeOld,
} from '../../src/meetings/recordings/retention/store.ts'
import {
  claimShares,
  countViewers,
  deleteViewers,
  findViewers,
  listViewers,
} from '../../src/meetings/recordings/sharing/store.ts'
import {
  findRecording,
  listRecordings,
  lockRecording,
  type RecordingFilter,
  recordingOfMeeting,
  recordingsInSight,
  recordingsOf,
  removeRecordingOf,
  restorableOf,
  restoreRecording,
  updateRecording,
} from '../../src/meetings/recordings/store.ts'
import { listViews } from '../../src/meetings/recordings/views/store.ts'
import { meetingId, openHouse, others, testPlans, userId } from './house.ts'

const { plansOf } = await openHouse()

const id = `rec_${meetingId}` as const
const ids = [id, `rec_${newId('recording')}` as const]
const linkId = `lnk_${id}1` as const
const viewId = `viw_${id}1` as const
const fileId = `fil_${meetingId}` as const
const uploadId = newId('upload')
const list = (scope: RecordingFilter['scope'], before?: typeof id) => ({ scope, before, limit: 51 })
const page = { after: undefined, limit: 51 }

testPlans(plansOf, [
  ['a recording', (db) => findRecording(db, id, userId), /recordings_pkey/],
  ['who sees them', (db) => recordingsInSight(db, userId, ids), /recordings_pkey/],
  ['whose they are', (db) => recordingsOf(db, userId, ids), /recordings_(pkey|owner)/],
  ['what can be restored', (db) => restorableOf(db, userId, ids), /recordings_(pkey|owner)/],
  ['that of a meeting', (db) => recordingOfMeeting(db, meetingId), /recordings_meeting_id_key/],
  ['one to change', (db) => lockRecording(db, id), /recordings_pkey/],
  ['a change', (db) => updateRecording(db, id, { title: 'x' }), /recordings_pkey/],
  ['the removal with a meeting', (db) => removeRecordingOf(db, meetingId), /recordings_meeting_id_key/],
  ['a restoration', (db) => restoreRecording(db, id), /recordings_pkey/],
  ['my own', (db) => listRecordings(db, userId, list('mine')), /recordings_owner/],
  ['my own, further on', (db) => listRecordings(db, userId, list('mine', id)), /recordings_owner/],
  ['my removed ones', (db) => listRecordings(db, userId, list('removed')), /recordings_(owner|removed)/],
  ['those shared with me', (db) => listRecordings(db, others[0]!, list('shared')), /recording_viewers_user/],
  ['those of everybody', (db) => listRecordings(db, userId, list('members')), /recordings_members/],
  ['files', (db) => filesOf(db, ids), /recording_files_recording/],
  ['how many files', (db) => countFiles(db, id), /recording_files_recording/],
  ['uploads that are files', (db) => areFiles(db, [uploadId]), /recording_files_upload/],
  ['files to remove', (db) => deleteFiles(db, id, [fileId]), /recording_files_(pkey|recording)/],
  ['the newest file', (db) => noteFilled(db, id), /recordings_pkey[\s\S]*recording_files_recording/],
  ['viewers', (db) => listViewers(db, id, page), /recording_viewers_pkey/],
  ['some viewers', (db) => findViewers(db, id, others), /recording_viewers_pkey/],
  ['how many viewers', (db) => countViewers(db, id), /recording_viewers_pkey/],
  ['viewers that go', (db) => deleteViewers(db, id, others), /recording_viewers_pkey/],
  ['shares with an address', (db) => claimShares(db, userId, 'x@x'), /recording_viewers_email/],
  ['links', (db) => listLinks(db, id, { before: undefined, limit: 51 }), /recording_links_recording/],
  ['how many links', (db) => countLinks(db, id), /recording_links_recording/],
  ['whose links', (db) => linksOfOwner(db, userId, [linkId]), /recording_links_pkey/],
  ['a link that is opened', (db) => findLink(db, linkId), /recording_links_pkey/],
  ['a view by a link', (db) => takeView(db, linkId), /recording_links_pkey/],
  ['a link that ends', (db) => revokeLink(db, linkId), /recording_links_pkey/],
  ['what can be played', (db) => playableFiles(db, id), /recording_files_recording/],
  [
    'a view that begins',
    (db) =>
      insertView(db, {
        id: viewId,
        recordingId: id,
        userId,
        linkId: null,
        tokenId: null,
        lock: 0,
        secretHash: Buffer.alloc(1),
      }),
    /recordings_pkey/,
  ],
  [
    'what a player reads',
    (db) => findPlaying(db, { viewId, fileId, since: { seenAfter: new Date(0), createdAfter: new Date(0) } }),
    /recording_views_pkey/,
  ],
  [
    'what a player has read',
    (db) => noteSent(db, { viewId, fileId, bytes: 1, parts: [[0, 1]], isDownload: false }),
    /recording_views_pkey[\s\S]*recording_files_pkey/,
  ],
  ['each view', (db) => listViews(db, id, { by: 'view', ...page }), /recording_views_recording/],
  ['views by users', (db) => listViews(db, id, { by: 'user', ...page }), /recording_views_recording/],
  ['views by links', (db) => listViews(db, id, { by: 'link', ...page }), /recording_views_recording/],
  ['a file to prepare', (db) => findUnprepared(db, fileId), /recording_files_pkey/],
  ['its recording', (db) => lockRecordingOf(db, fileId), /recordings_pkey/],
  [
    'a file that is prepared',
    (db) => settleFile(db, { id: fileId, uploadId, durationMs: 1, problem: null }),
    /recording_files_(pkey|upload)/,
  ],
  ['a meeting that was recorded', (db) => findRecorded(db, meetingId), /meetings_pkey/],
  ['a file to copy', (db) => findCopy(db, fileId), /recording_files_(pkey|unready)/],
  [
    'where a copy goes',
    (db) => setCopyUpload(db, { id: fileId, uploadId: null }, uploadId),
    /recording_files_(pkey|unready)/,
  ],
  [
    'what a copy lacks',
    (db) => noteCopy(db, fileId, { state: 'copying', problem: 'x' }),
    /recording_files_(pkey|unready)/,
  ],
  [
    'a copy that is there',
    (db) => finishCopy(db, { id: fileId, uploadId }, 'ready'),
    /recording_files_(pkey|upload|unready)/,
  ],
  ['old recordings', (db) => removeOld(db, 400, 200), /recordings_filled/],
  ['recordings to erase', (db) => overdueRecordings(db, '', 200), /recordings_(removed|pkey)/],
  ['one to erase', (db) => lockToDelete(db, { id }), /recordings_pkey/],
  ['those of who goes', (db) => lockToDelete(db, { ownerId: userId }), /recordings_owner/],
  ['some of the audit', (db) => deleteSomeViews(db, id, 1_000), /recording_views_recording/],
  [
    'all that belongs to recordings',
    (db) => deleteRecordings(db, [id]),
    /recording_(views|links|files|copies)_recording|recording_viewers_pkey|recordings_pkey/,
  ],
  ['what somebody saw', (db) => deleteSeenBy(db, userId), /recording_viewers_user|recording_views_user/],
  ['recordings to export', (db) => recordingsAfter(db, userId, '', 10), /recordings_owner/],
  ['viewers to export', (db) => viewersOf(db, ids), /recording_viewers_pkey/],
  ['links to export', (db) => linksTo(db, ids), /recording_links_recording/],
  ['views to export', (db) => viewsAfter(db, userId, '', 200), /recording_views_(user|pkey)/],
])
