import type { Db } from '../../db/connect.ts'
import type { UserId } from '../../ids.ts'
import { deleteFeed } from '../../meetings/calendar/store.ts'
import { removeMeetingsOf } from '../../meetings/erasure.ts'
import { deleteSeenBy } from '../../meetings/recordings/retention/store.ts'
import { eraseRecordingsOf, lockRecordingsOf } from '../../meetings/recordings/retention/sweep.ts'
import { deleteTracesOf, lockMeetingsOf } from '../../meetings/traces/store.ts'
import { leaveLabels } from '../../royalties/labels/store.ts'
import { unlinkUser } from '../../royalties/listeners/store.ts'
import { blankHost, blankPerson } from '../../sessions/retention/store.ts'
import { leaveRooms } from './rooms.ts'
import {
  blankUser,
  cutAuditAddresses,
  deleteJobs,
  deleteKeys,
  deleteMarks,
  deleteOf,
  deletePeople,
  deleteReactions,
  lockRoomsOf,
} from './store.ts'
import { deleteUploads } from './uploads.ts'

interface Step {
  /** What the person leaves behind. */
  what: string
  /** The columns that name the person. */
  columns: readonly string[]
  /** What becomes of it. */
  becomes: string
  run?: (tx: Db, id: UserId) => Promise<void>
}

/**
 * What becomes of a removed user's things, in the order in which it is done. A column of the database that names users and
 * is not in here fails the tests; the guide on users shows this table.
 */
export const erasure: readonly Step[] = [
  {
    what: 'Devices and their addresses, sessions',
    columns: ['devices.user_id'],
    becomes: 'deleted; tokens stop working at once, streams within five seconds',
    run: (tx, id) => deleteOf(tx, id, 'devices'),
  },
  {
    what: 'API keys',
    columns: ['api_keys.owner_id', 'api_keys.created_by'],
    becomes: 'their own are deleted; keys they made for services stay, made by nobody',
    run: deleteKeys,
  },
  {
    what: 'Ties to trusted issuers',
    columns: ['identities.user_id'],
    becomes: 'deleted; signing in there again makes a new account',
    run: (tx, id) => deleteOf(tx, id, 'identities'),
  },
  {
    what: 'Links sent by mail',
    columns: ['mail_tokens.user_id'],
    becomes: 'deleted; they stop working',
    run: (tx, id) => deleteOf(tx, id, 'mail_tokens'),
  },
  {
    what: 'Mails that wait to be sent',
    columns: [],
    becomes: 'deleted',
    run: deleteJobs,
  },
  {
    what: 'The second factor',
    columns: ['mfa_secrets.user_id', 'recovery_codes.user_id'],
    becomes: 'deleted',
    run: async (tx, id) => {
      await deleteOf(tx, id, 'mfa_secrets')
      await deleteOf(tx, id, 'recovery_codes')
    },
  },
  {
    what: 'Friendships, requests and blocks, from both sides',
    columns: [
      ...['friendships.user_low', 'friendships.user_high', 'friendships.requested_by'],
      ...['blocks.blocker_id', 'blocks.blocked_id'],
    ],
    becomes: 'deleted',
    run: deletePeople,
  },
  {
    what: 'Presence',
    columns: ['presences.user_id'],
    becomes: 'deleted',
    run: (tx, id) => deleteOf(tx, id, 'presences'),
  },
  {
    what: 'Reactions',
    columns: ['reactions.user_id'],
    becomes: 'deleted, as events that the others of the rooms see',
    run: deleteReactions,
  },
  {
    what: 'Group rooms that they own',
    columns: [],
    becomes:
      'pass to the longest-serving administrator of the room, else to the longest-serving member, as an event that the others see',
  },
  {
    what: 'Membership of rooms, and when they were in them',
    columns: ['room_members.user_id', 'memberships.user_id'],
    becomes:
      'they leave groups, as an event that the others see; direct rooms stay as they are, with nobody behind the id; rooms ' +
      'with nobody left are removed with all that is in them',
    run: leaveRooms,
  },
  {
    what: 'How far they have read',
    columns: ['receipt_log.user_id'],
    becomes: 'deleted',
    run: deleteMarks,
  },
  {
    what: 'Bans from rooms',
    columns: ['room_bans.user_id', 'room_bans.banned_by'],
    becomes: 'those against them are deleted; those that they spoke stay, under the id',
    run: (tx, id) => deleteOf(tx, id, 'room_bans'),
  },
  {
    what: 'What was true of them for a moment: that they write, that they are there',
    columns: ['ephemera.user_id'],
    becomes: 'deleted',
    run: (tx, id) => deleteOf(tx, id, 'ephemera'),
  },
  {
    what: 'Rooms they made, direct rooms, events and messages, mentions of them',
    columns: [
      ...['rooms.created_by', 'direct_rooms.user_low', 'direct_rooms.user_high'],
      ...['room_events.actor_id', 'room_events.subject_id'],
      ...['messages.sender_id', 'messages.deleted_by', 'messages.mentions'],
    ],
    becomes: 'stay for the others, by "Deleted user": the id alone is left, which leads to nobody',
  },
  {
    what: 'Meetings that they hold',
    columns: ['meetings.host_id', 'meetings.created_by', 'meeting_invitations.invited_by', 'meeting_lobby.decided_by'],
    becomes:
      'removed and blanked, with who was invited and who was there; those invited are told, and rooms at providers are deleted',
    run: removeMeetingsOf,
  },
  {
    what: 'Meetings of others: that they were invited, waited in a lobby, were there',
    columns: [
      ...['meeting_invitations.invitee', 'meeting_invitations.user_id'],
      ...['meeting_lobby.user_id', 'meeting_attendance.user_id'],
    ],
    becomes: 'deleted',
    run: deleteTracesOf,
  },
  {
    what: 'Sessions that they were in, or ended',
    columns: ['session_people.user_id', 'sessions.end_requested_by'],
    becomes: 'stay under the id, without a name',
    run: blankPerson,
  },
  {
    what: 'The private address of their calendar',
    columns: ['calendar_feeds.user_id'],
    becomes: 'deleted; it stops working',
    run: deleteFeed,
  },
  {
    what: 'Recordings of theirs: files, links, whom they are shared with, who watched',
    columns: ['recordings.owner_id', 'recording_viewers.shared_by', 'recording_links.created_by'],
    becomes: 'deleted at once, removed ones too; what is played stops within a minute',
    run: eraseRecordingsOf,
  },
  {
    what: 'Recordings of others: that they were shared with them, that they watched',
    columns: ['recording_viewers.viewer', 'recording_viewers.user_id', 'recording_views.user_id'],
    becomes: 'deleted',
    run: deleteSeenBy,
  },
  {
    what: 'Files they uploaded, their avatar',
    columns: ['uploads.owner_id'],
    becomes: 'deleted, but for those that messages and rooms show: they stay with them, under the id',
    run: deleteUploads,
  },
  {
    what: 'Reports of messages',
    columns: ['reports.reporter_id'],
    becomes: 'stay under the id',
  },
  {
    what: 'Accounts at providers of meetings that they connected',
    columns: ['provider_connections.created_by'],
    becomes: 'stay connected, under the id',
  },
  {
    what: 'Membership of labels, whose reports and statements they saw',
    columns: ['label_members.user_id'],
    becomes: 'deleted',
    run: leaveLabels,
  },
  {
    what: 'The listener who they are, with what was heard and paid',
    columns: ['listeners.user_id'],
    becomes: 'stays in the accounts, linked to nobody',
    run: unlinkUser,
  },
  {
    what: 'Changes of streams that they made in the accounts',
    columns: ['stream_changes.changed_by'],
    becomes: 'stay under the id',
  },
  {
    what: 'Lines of the audit log',
    columns: ['audit_log.user_id', 'audit_log.target', 'audit_log.details'],
    becomes: 'stay under the id, which is a pseudonym from then on; their addresses are deleted at once',
    run: cutAuditAddresses,
  },
  {
    what: 'The account: names, e-mail address, password, roles',
    columns: ['users.id'],
    becomes: 'blanked; user name and address are free again',
  },
]

/** Removes a user; false where there is no such user (any more). To be done in a transaction. */
export async function eraseUser(tx: Db, id: UserId): Promise<boolean> {
  await lockRoomsOf(tx, id)
  await lockMeetingsOf(tx, id)
  await lockRecordingsOf(tx, id)
  // By the address, which is gone after that.
  await blankHost(tx, id)
  if (!(await blankUser(tx, id))) return false
  for (const { run } of erasure) await run?.(tx, id)
  return true
}
