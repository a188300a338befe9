import { newId } from '../../src/ids.ts'
import {
  abandonedUploads,
  findRecordingOf,
  findRoomFile,
  isRecording,
  keepGrowing,
} from '../../src/sessions/peer/recording/store.ts'
import {
  attendedAmong,
  continueStay,
  countEntries,
  findPlace,
  isBanned,
  noteSentOut,
} from '../../src/sessions/peer/standing.ts'
import {
  findRunning,
  findSession,
  isOver,
  leftAt,
  lockRoom,
  noteEntered,
  noteMissing,
  noteObserved,
  noteOccurrence,
  noteSeen,
  peopleIn,
  placesOf,
  sessionsAttended,
  sessionsLeft,
  sessionsWithSilent,
  setLocked,
  silentIn,
  takeOut,
} from '../../src/sessions/peer/store.ts'
import { meetingId, openHouse, sessionId, testPlans, userId } from './house.ts'

const { plansOf } = await openHouse()
const uploadId = newId('upload')
const roomId = newId('meetingRoom')
const place = { sessionId, key: '1' }

testPlans(plansOf, [
  ['the room of a meeting', (db) => lockRoom(db, meetingId), /meeting_rooms_source|meetings_pkey/],
  [
    'what runs there',
    (db) => findRunning(db, meetingId),
    /meeting_rooms_source[\s\S]*sessions_(room|open)|sessions_open/,
  ],
  ['whether it is over', (db) => isOver(db, meetingId), /meetings_pkey/],
  ['a session', (db) => findSession(db, sessionId), /sessions_pkey/],
  ['which time it is', (db) => noteOccurrence(db, sessionId, new Date()), /sessions_pkey/],
  ['locking', (db) => setLocked(db, sessionId, true), /sessions_pkey/],
  ['who is in', (db) => peopleIn(db, sessionId), /session_people_(pkey|seen)/],
  ['the places of somebody', (db) => placesOf(db, sessionId, userId), /session_people_(user|pkey)/],
  ['where somebody was', (db) => sessionsAttended(db, userId, [sessionId]), /session_people_(user|pkey)/],
  ['entering', (db) => noteEntered(db, place, userId), /session_people_pkey/],
  ['a heartbeat', (db) => noteSeen(db, place, userId), /session_people_(pkey|user|seen)/],
  ['leaving', (db) => takeOut(db, sessionId, ['1']), /session_people_(pkey|seen)/],
  ['sending out', (db) => noteSentOut(db, sessionId, userId, true), /session_people_(user|pkey)/],
  ['whose a place is', (db) => findPlace(db, sessionId, '1'), /session_people_pkey/],
  ['who of these was there', (db) => attendedAmong(db, sessionId, [userId]), /session_people_(user|pkey)/],
  ['a ban', (db) => isBanned(db, roomId, { userId, times: [new Date()] }), /session_people_user/],
  ['how often somebody came', (db) => countEntries(db, sessionId, userId), /session_people_(user|pkey)/],
  ['going on with a stay', (db) => continueStay(db, sessionId, '1'), /session_(stays|facts)_pkey/],
  ['a stream that ended', (db) => noteMissing(db, userId), /session_people_(user|seen)/],
  ['where somebody is silent', (db) => sessionsWithSilent(db, 200), /session_people_seen/],
  ['who is silent', (db) => silentIn(db, sessionId), /session_people_(pkey|seen)/],
  ['what was left', (db) => sessionsLeft(db, 200), /sessions_open/],
  ['when it was left', (db) => leftAt(db, sessionId), /sessions_(pkey|open)/],
  ['what is proven', (db) => noteObserved(db), /sessions_open/],
  ['what is recorded', (db) => isRecording(db, [sessionId]), /sessions_(pkey|open)/],
  ['the recording of a meeting', (db) => findRecordingOf(db, meetingId), /recordings_meeting/],
  ['keeping what grows', (db) => keepGrowing(db, uploadId, userId), /uploads_(pkey|growing)/],
  ['what is recorded into', (db) => findRoomFile(db, uploadId), /recording_files_upload/],
  ['what was abandoned', (db) => abandonedUploads(db, 20), /recording_files_unready/],
])
