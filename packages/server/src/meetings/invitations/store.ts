import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { MeetingId, UserId } from '../../ids.ts'

const columns = [
  ...(['invitee', 'user_id as userId', 'email', 'response', 'responded_at as respondedAt'] as const),
  'invited_at as invitedAt',
] as const

/** Whether somebody blocks who invited them: then the invitation is not shown. */
export function isByBlocked(viewerId: UserId) {
  return sql<boolean>`exists (
    select from blocks where blocker_id = ${viewerId} and blocked_id = meeting_invitations.invited_by
  )`
}

/** Whom to invite: a user, or an address with the form that tells addresses apart. */
export interface Invitee {
  invitee: string
  userId: UserId | null
  email: string | null
}

/** Invites people; returns those who were not yet. */
export async function insertInvitations(
  tx: Db,
  { meetingId, invitedBy, invitees }: { meetingId: MeetingId; invitedBy: UserId; invitees: readonly Invitee[] },
): Promise<string[]> {
  const rows = await tx
    .insertInto('meeting_invitations')
    .values(
      invitees.map(({ invitee, userId, email }) => ({
        ...{ meeting_id: meetingId, invitee, user_id: userId, email, invited_by: invitedBy },
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .returning('invitee')
    .execute()
  return rows.map(({ invitee }) => invitee)
}

/** Takes invitations back; returns those that there were. */
export async function deleteInvitations(tx: Db, meetingId: MeetingId, invitees: readonly string[]) {
  return tx
    .deleteFrom('meeting_invitations')
    .where('meeting_id', '=', meetingId)
    .where((eb) => eb('invitee', '=', eb.fn.any(eb.val([...invitees]))))
    .returning(['invitee', 'user_id as userId', 'email'])
    .execute()
}

/** Of these addresses those that users give as theirs, proven or not, who are invited as users. */
export async function addressesOfInvited(
  db: Db,
  meetingId: MeetingId,
  emailKeys: readonly string[],
): Promise<Set<string>> {
  const rows = await db
    .selectFrom('users')
    .innerJoin('meeting_invitations as one', 'one.user_id', 'users.id')
    .select('users.email_key as emailKey')
    .where((eb) => eb('users.email_key', '=', eb.fn.any(eb.val([...emailKeys]))))
    .where('one.meeting_id', '=', meetingId)
    .execute()
  return new Set(rows.flatMap(({ emailKey }) => emailKey ?? []))
}

export async function countInvitations(db: Db, meetingId: MeetingId): Promise<number> {
  const row = await db
    .selectFrom('meeting_invitations')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('meeting_id', '=', meetingId)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** These invitations to a meeting, in the order of the invitees. */
export function findInvitations(db: Db, meetingId: MeetingId, invitees: readonly string[]) {
  return db
    .selectFrom('meeting_invitations')
    .select(columns)
    .where('meeting_id', '=', meetingId)
    .where((eb) => eb('invitee', '=', eb.fn.any(eb.val([...invitees]))))
    .orderBy('invitee')
    .execute()
}

/** Who is invited to a meeting, in the order of the invitees, after one where given; with those who are an address alone, or not. */
export function listInvitations(
  db: Db,
  meetingId: MeetingId,
  { withAddresses, after, limit }: { withAddresses: boolean; after?: string | undefined; limit: number },
) {
  let query = db.selectFrom('meeting_invitations').select(columns).where('meeting_id', '=', meetingId)
  if (!withAddresses) query = query.where('user_id', 'is not', null)
  if (after !== undefined) query = query.where('invitee', '>', after)
  return query.orderBy('invitee').limit(limit).execute()
}

/** Notes what somebody said; undefined where they are not invited. */
export function answerInvitation(db: Db, meetingId: MeetingId, userId: UserId, response: 'yes' | 'no' | 'maybe') {
  return db
    .updateTable('meeting_invitations')
    .set({ response, responded_at: sql`now()` })
    .where('meeting_id', '=', meetingId)
    .where('invitee', '=', userId)
    .returning(columns)
    .executeTakeFirst()
}

/** Invitations by an address become those of the user who has proven to own it. */
export async function claimInvitations(tx: Db, userId: UserId, emailKey: string): Promise<void> {
  await sql`with claimed as (
      delete from meeting_invitations where invitee = ${emailKey} and email is not null
      returning meeting_id, response, responded_at, invited_by, invited_at
    )
    insert into meeting_invitations (meeting_id, invitee, user_id, response, responded_at, invited_by, invited_at)
    select meeting_id, ${userId}, ${userId}, response, responded_at, invited_by, invited_at
    from claimed join meetings on meetings.id = meeting_id and host_id <> ${userId}
    on conflict do nothing`.execute(tx)
}

/** Where to write to who is invited: users by their proven address, others by that they were invited by. */
export async function addressesOf(db: Db, meetingId: MeetingId) {
  return db
    .selectFrom('meeting_invitations as one')
    .select(['one.invitee', 'one.user_id as userId', 'one.email'])
    .where('one.meeting_id', '=', meetingId)
    .where('one.response', '<>', 'no')
    .orderBy('one.invitee')
    .execute()
}
