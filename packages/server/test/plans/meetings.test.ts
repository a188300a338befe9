import { listAttendance, noteJoined } from '../../src/meetings/attendance/store.ts'
import { calendarMeetings, deleteFeed, findFeed, meetingsOfCalendar } from '../../src/meetings/calendar/store.ts'
import {
  addressesOf,
  addressesOfInvited,
  answerInvitation,
  claimInvitations,
  countInvitations,
  deleteInvitations,
  findInvitations,
  listInvitations,
} from '../../src/meetings/invitations/store.ts'
import { decideLobby, listLobby } from '../../src/meetings/lobby/store.ts'
import {
  cancelOccurrence,
  currentOccurrence,
  deleteComing,
  findOccurrence,
  listOccurrences,
  type OccurrenceFilter,
  seriesToExpand,
  stretchComing,
} from '../../src/meetings/occurrences/store.ts'
import { findRoom, noteProblem, unsettleRoom } from '../../src/meetings/rooms/store.ts'
import {
  existingMeetings,
  findMeeting,
  holdMeeting,
  lockMeeting,
  meetingsAfter,
  meetingsInSight,
  meetingsOfHost,
} from '../../src/meetings/store.ts'
import {
  deleteRemoved,
  deleteTracesAt,
  deleteTracesOf,
  invitationsAfter,
  lockMeetingsOf,
  longRemoved,
  staysAfter,
} from '../../src/meetings/traces/store.ts'
import { meetingId, openHouse, others, testPlans, userId } from './house.ts'

const { plansOf } = await openHouse()
const at = new Date()
const time = { meetingId, originalAt: at }
const coming: OccurrenceFilter = {
  ...{ scope: 'mine', since: undefined, until: undefined, order: 'coming', after: undefined, limit: 51 },
}
const ids = [meetingId, ...others.map((_, n) => `mtg_${n + 2}` as const)]

testPlans(plansOf, [
  ['a meeting', (db) => findMeeting(db, meetingId, userId), /meetings_pkey[\s\S]*|meeting_occurrences_(time|pkey)/],
  ['meetings in sight', (db) => meetingsInSight(db, userId, ids), /meetings_(pkey|host)/],
  ['meetings of a host', (db) => meetingsOfHost(db, userId, ids), /meetings_(pkey|host)/],
  ['meetings that there are', (db) => existingMeetings(db, ids), /meetings_pkey/],
  ['a meeting to change', (db) => lockMeeting(db, meetingId), /meetings_pkey/],
  ['a meeting to join', (db) => holdMeeting(db, meetingId), /meetings_pkey/],
  ['meetings to export', (db) => meetingsAfter(db, userId, '', 200), /meetings_(host|pkey)/],
  ['what is coming', (db) => listOccurrences(db, userId, coming), /meetings_host[\s\S]*meeting_invitations_user/],
  [
    'what is over',
    (db) => listOccurrences(db, userId, { ...coming, order: 'past', after: [at, meetingId, at] }),
    /meeting_occurrences_time/,
  ],
  [
    'what one is invited to',
    (db) => listOccurrences(db, userId, { ...coming, scope: 'invited' }),
    /meeting_invitations_user/,
  ],
  [
    'what is coming of all',
    (db) => listOccurrences(db, userId, { ...coming, scope: 'all' }),
    /meeting_occurrences_all/,
  ],
  [
    'the times of one',
    (db) => listOccurrences(db, userId, { ...coming, meetingId }),
    /meeting_occurrences_(time|pkey)/,
  ],
  [
    'the times of one of all',
    (db) => listOccurrences(db, userId, { ...coming, scope: 'all', meetingId }),
    /meeting_occurrences_(time|pkey)/,
  ],
  ['one time', (db) => findOccurrence(db, meetingId, at), /meeting_occurrences_(pkey|time)/],
  ['the time that is on', (db) => currentOccurrence(db, meetingId), /meeting_occurrences_(pkey|time)/],
  ['a time to cancel', (db) => cancelOccurrence(db, meetingId, at), /meeting_occurrences_(pkey|time)/],
  ['times to delete', (db) => deleteComing(db, meetingId), /meeting_occurrences_(pkey|time)/],
  ['times to stretch', (db) => stretchComing(db, meetingId, 30), /meeting_occurrences_(pkey|time)/],
  ['series to go on with', (db) => seriesToExpand(db, at, 100), /meetings_expanded/],
  [
    'invitees',
    (db) => listInvitations(db, meetingId, { withAddresses: false, after: 'usr_', limit: 51 }),
    /meeting_invitations_(pkey|user)/,
  ],
  ['some invitees', (db) => findInvitations(db, meetingId, others), /meeting_invitations_pkey/],
  ['how many are invited', (db) => countInvitations(db, meetingId), /meeting_invitations_pkey/],
  ['an answer', (db) => answerInvitation(db, meetingId, userId, 'yes'), /meeting_invitations_(pkey|user)/],
  ['invitations to take back', (db) => deleteInvitations(db, meetingId, others), /meeting_invitations_pkey/],
  ['invitations of an address', (db) => claimInvitations(db, userId, 'x@x'), /meeting_invitations_(email|pkey)/],
  ['whom to tell', (db) => addressesOf(db, meetingId), /meeting_invitations_pkey/],
  ['a calendar', (db) => meetingsOfCalendar(db, userId, at, 1_000), /meetings_host[\s\S]*meeting_invitations_user/],
  ['meetings of a calendar', (db) => calendarMeetings(db, [meetingId]), /meetings_pkey/],
  ['an address of a calendar', (db) => findFeed(db, 'cal_1'), /calendar_feeds_pkey/],
  ['an address to revoke', (db) => deleteFeed(db, userId), /calendar_feeds_user/],
  ['who waits', (db) => listLobby(db, { ...time, state: 'waiting', after: undefined, limit: 51 }), /meeting_lobby_/],
  [
    'who is in',
    (db) => listLobby(db, { ...time, state: 'admitted', after: [at, userId], limit: 51 }),
    /meeting_lobby_/,
  ],
  [
    'a decision',
    (db) => decideLobby(db, { ...time, userIds: others, state: 'admitted', decidedBy: userId }),
    /meeting_lobby_pkey/,
  ],
  ['meetings removed long ago', (db) => longRemoved(db, 30, '', 100), /meetings_removed/],
  ['a removed meeting', (db) => deleteRemoved(db, meetingId), /meetings_(pkey|removed)[\s\S]*recordings/],
  ['people of an address', (db) => addressesOfInvited(db, meetingId, ['a@example.org']), /users_(email_unique|pkey)/],
  ['who comes', (db) => noteJoined(db, { ...time, userId }), /meeting_attendance_(pkey|user)/],
  [
    'who was there',
    (db) => listAttendance(db, meetingId, { originalAt: undefined, after: [at, userId, at], limit: 51 }),
    /meeting_attendance_pkey/,
  ],
  ['a room', (db) => findRoom(db, meetingId), /meetings_pkey[\s\S]*users_pkey/],
  ['a room to see to', (db) => unsettleRoom(db, meetingId), /meetings_pkey/],
  [
    'a problem of a room',
    (db) => noteProblem(db, { id: meetingId, sequence: 1 }, { state: 'failed', problem: 'x' }),
    /meetings_pkey/,
  ],
  ['invitations to export', (db) => invitationsAfter(db, userId, '', 200), /meeting_invitations_user/],
  ['stays to export', (db) => staysAfter(db, userId, ['', at, at], 200), /meeting_attendance_user/],
  ['meetings of who goes', (db) => lockMeetingsOf(db, userId), /meetings_host/],
  ['traces of who goes', (db) => deleteTracesOf(db, userId), /meeting_\w+_user/],
  ['traces at a meeting', (db) => deleteTracesAt(db, meetingId), /(meeting|session)_\w+_(pkey|waiting|meeting)/],
])
