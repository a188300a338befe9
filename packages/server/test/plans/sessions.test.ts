import { applyEvents } from '../../src/sessions/model/apply.ts'
import { presentBefore } from '../../src/sessions/model/people.ts'
import { findSession as findByKey, openSessionsOf, overtakenBy } from '../../src/sessions/model/sessions.ts'
import { isRecording } from '../../src/sessions/peer/recording/store.ts'
import { runningOf, timeOutEnds, turnedUnknown } from '../../src/sessions/reconcile/store.ts'
import {
  attendedAfter,
  blankHost,
  blankPerson,
  deleteOldSessions,
  deleteSessionsOf,
} from '../../src/sessions/retention/store.ts'
import { sessionsInSight, sessionsOfHost, whoSeeSessions } from '../../src/sessions/sight.ts'
import {
  findSession,
  firstPresent,
  listAvailable,
  listHistory,
  listLive,
  listStays,
  roomsOfMeeting,
  staysInRooms,
} from '../../src/sessions/store.ts'
import { meetingId, openHouse, others, sessionId, testPlans, userId } from './house.ts'

const { plansOf } = await openHouse()

const roomId = 'mrm_1' as const
const mine = { viewerId: userId, isForAll: false, after: undefined, limit: 51 }
const every = { ...mine, isForAll: true }
const at = new Date()
const held = {
  sessionKey: '1 1',
  ...{ id: sessionId, roomId, meetingId, originalAt: null, startedAt: at, startedTold: true, endedAt: null },
  ...{ endedTold: false, observedAt: at, missingSince: null, endAcceptedAt: null },
  observedBy: 'webhook' as const,
}
const event = {
  ...{ key: 'x', externalId: '1', sessionKey: '1 1', at },
  kind: 'participant.joined',
  participant: { key: '1', name: 'x', userId: null, email: '1@x', joinedAt: at },
} as const
const origin = { source: 'con_2', provider: 'zoom', by: 'webhook', receivedAt: at } as const

testPlans(plansOf, [
  ['a session', (db) => findSession(db, sessionId, userId), /sessions_pkey/],
  ['one by its key', (db) => findByKey(db, 'con_2', '1 1'), /sessions_source_session_key_key/],
  ['what is live', (db) => listLive(db, every), /sessions_open/],
  ['what is live of mine', (db) => listLive(db, mine), /sessions_(open|room)/],
  ['available rooms', (db) => listAvailable(db, every), /meeting_rooms_(present|pkey)/],
  ['available rooms of mine', (db) => listAvailable(db, mine), /meeting_rooms_(meeting|host)/],
  ['the history of a room', (db) => listHistory(db, [roomId], { ...mine, after: undefined }), /sessions_room/],
  ['the rooms of a meeting', (db) => roomsOfMeeting(db, meetingId), /meeting_rooms_meeting/],
  ['who is in', (db) => listStays(db, sessionId, { present: true, limit: 51 }), /session_stays_(open|pkey)/],
  ['who was in', (db) => listStays(db, sessionId, { present: false, limit: 51 }), /session_stays_pkey/],
  ['the first who are in', (db) => firstPresent(db, [sessionId], 20), /session_stays_(open|pkey)/],
  ['a file of a room', (db) => staysInRooms(db, [roomId], 1_000), /sessions_room/],
  ['whom they concern', (db) => sessionsInSight(db, userId, [sessionId]), /sessions_pkey/],
  ['who holds them', (db) => sessionsOfHost(db, userId, [sessionId]), /sessions_pkey/],
  ['who is told', (db) => whoSeeSessions(db, [sessionId], others), /sessions_pkey/],
  ['open ones of a room', (db) => openSessionsOf(db, roomId), /sessions_(room|open)/],
  ['those before', (db) => overtakenBy(db, held), /sessions_(room|open)/],
  ['who is missing', (db) => presentBefore(db, sessionId, at), /session_stays_(open|pkey)/],
  ['what runs at a source', (db) => runningOf(db, 'con_2', 200), /sessions_open/],
  ['ends that nobody confirms', (db) => timeOutEnds(db, 60_000), /sessions_open/],
  ['what is unknown from now on', (db) => turnedUnknown(db, { since: at, now: at, afterMs: 1 }), /sessions_open/],
  ['what is recorded', (db) => isRecording(db, [sessionId]), /sessions_(pkey|open)/],
  ['what somebody attended', (db) => attendedAfter(db, userId, '', 200), /session_people_user/],
  ['a name to take off', (db) => blankPerson(db, userId), /session_people_user/],
  ['rooms that were theirs', (db) => blankHost(db, userId), /meeting_rooms_host/],
  ['sessions of a meeting to delete', (db) => deleteSessionsOf(db, meetingId, 100), /sessions_room/],
  ['old sessions', (db) => deleteOldSessions(db, 365, 100), /sessions_ended/],
  [
    'an event',
    (db) => db.transaction().execute((tx) => applyEvents(tx, origin, [event])),
    /_pkey|_key|sessions_|session_|meeting_|Insert|Result/,
  ],
])
