import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { MeetingId, RecordingId, UserId } from '../../ids.ts'

/** The meeting that it is of, while there is one: a removed one leaves it by itself. */
const meetingOf = sql<MeetingId | null>`(select id from meetings where id = recordings.meeting_id and removed_at is null)`

export const recordingColumns = [
  meetingOf.as('meetingId'),
  ...(['recordings.id', 'recordings.owner_id as ownerId'] as const),
  ...(['recordings.title', 'recordings.visibility', 'recordings.members_download as membersMayDownload'] as const),
  ...(['recordings.password_hash as passwordHash', 'recordings.lock', 'recordings.removed_at as removedAt'] as const),
  ...(['recordings.created_at as createdAt', 'recordings.modified_at as modifiedAt'] as const),
] as const

/** For how long a removed one can be restored. */
export const restorableFor = sql`interval '30 days'`

export interface NewRecording {
  id: RecordingId
  meetingId: MeetingId | null
  ownerId: UserId
  title: string
  passwordHash: string | null
}

/** Makes a recording, private and without files; false where the meeting has one. */
export async function insertRecording(tx: Db, recording: NewRecording): Promise<boolean> {
  const { id, title } = recording
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('recordings')
    .values({
      ...{ id, title, meeting_id: recording.meetingId, owner_id: recording.ownerId },
      password_hash: recording.passwordHash,
    })
    .onConflict((conflict) => conflict.column('meeting_id').doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Whether somebody may download it, without its links. */
const mayDownload = (viewerId: UserId) =>
  sql<boolean>`(recordings.owner_id = ${viewerId} or (recordings.visibility = 'members' and recordings.members_download)
    or exists (select from recording_viewers where recording_id = recordings.id and user_id = ${viewerId} and may_download))`

/** Whether somebody may see it, without its links. */
const isSeenBy = (viewerId: UserId) =>
  sql<SqlBool>`(recordings.owner_id = ${viewerId} or recordings.visibility = 'members'
    or exists (select from recording_viewers where recording_id = recordings.id and user_id = ${viewerId}))`

/** A recording as somebody has it, removed or not. */
export function findRecording(db: Db, id: RecordingId, viewerId: UserId) {
  return db
    .selectFrom('recordings')
    .select(recordingColumns)
    .select(mayDownload(viewerId).as('mayDownload'))
    .where('id', '=', id)
    .executeTakeFirst()
}

export type RecordingRecord = NonNullable<Awaited<ReturnType<typeof findRecording>>>

/** Which of these recordings somebody may see. */
export async function recordingsInSight(db: Db, userId: UserId, ids: readonly RecordingId[]): Promise<RecordingId[]> {
  const rows = await db
    .selectFrom('recordings')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('removed_at', 'is', null)
    .where(isSeenBy(userId))
    .execute()
  return rows.map(({ id }) => id)
}

/** Which of these recordings are somebody's own. */
export async function recordingsOf(db: Db, userId: UserId, ids: readonly RecordingId[]): Promise<RecordingId[]> {
  const rows = await db
    .selectFrom('recordings')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('removed_at', 'is', null)
    .where('owner_id', '=', userId)
    .execute()
  return rows.map(({ id }) => id)
}

/** The same, and those that were removed and can be restored. */
export async function restorableOf(db: Db, userId: UserId, ids: readonly RecordingId[]): Promise<RecordingId[]> {
  const rows = await db
    .selectFrom('recordings')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('owner_id', '=', userId)
    .where(sql<SqlBool>`(removed_at is null or removed_at > now() - ${restorableFor})`)
    .execute()
  return rows.map(({ id }) => id)
}

/** The recording of a meeting, if it is there. */
export async function recordingOfMeeting(db: Db, meetingId: MeetingId): Promise<RecordingId | undefined> {
  const row = await db
    .selectFrom('recordings')
    .select('id')
    .where('meeting_id', '=', meetingId)
    .where('removed_at', 'is', null)
    .executeTakeFirst()
  return row?.id
}

/** Locks a recording until the end of the transaction; undefined where it was removed. */
export function lockRecording(tx: Db, id: RecordingId) {
  return tx
    .selectFrom('recordings')
    .select(['owner_id as ownerId', 'title', 'visibility', 'password_hash as passwordHash'])
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirst()
}

export interface RecordingChange {
  title?: string | undefined
  visibility?: 'private' | 'link' | 'members' | undefined
  membersMayDownload?: boolean | undefined
  passwordHash?: string | null | undefined
}

/** Changes a recording that is locked; what is undefined stays. Another password ends what was opened with the one before. */
export async function updateRecording(tx: Db, id: RecordingId, change: RecordingChange): Promise<void> {
  const { title, visibility, passwordHash } = change
  await tx
    .updateTable('recordings')
    .set({
      ...{ title, visibility, members_download: change.membersMayDownload, password_hash: passwordHash },
      modified_at: sql`now()`,
      ...(typeof passwordHash === 'string' && { lock: sql`lock + 1` }),
    })
    .where('id', '=', id)
    .execute()
}

/** Removes a recording, to be restored or erased later. */
export async function removeRecording(tx: Db, id: RecordingId): Promise<void> {
  await tx
    .updateTable('recordings')
    .set({ removed_at: sql`now()`, modified_at: sql`now()` })
    .where('id', '=', id)
    .where('removed_at', 'is', null)
    .execute()
}

/** The same for that of a meeting. */
export async function removeRecordingOf(tx: Db, meetingId: MeetingId): Promise<void> {
  await tx
    .updateTable('recordings')
    .set({ removed_at: sql`now()`, modified_at: sql`now()` })
    .where('meeting_id', '=', meetingId)
    .where('removed_at', 'is', null)
    .execute()
}

/** Undoes a removal; false where it is too late. */
export async function restoreRecording(tx: Db, id: RecordingId): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('recordings')
    .set((eb) => ({
      removed_at: null,
      modified_at: sql`now()`,
      // Retention counts anew, or what it removed would be gone again within the hour.
      filled_at: eb.case().when('filled_at', 'is', null).then(null).else(sql<Date>`now()`).end(),
    }))
    .where('id', '=', id)
    .where(sql<SqlBool>`removed_at > now() - ${restorableFor}`)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export interface RecordingFilter {
  scope: 'mine' | 'shared' | 'members' | 'removed'
  /** With files, or without. */
  filled?: boolean | undefined
  before: RecordingId | undefined
  limit: number
}

/** A part of the recordings that somebody may see, the newest first. */
export function listRecordings(db: Db, viewerId: UserId, { scope, filled, before, limit }: RecordingFilter) {
  let query = db
    .selectFrom('recordings')
    .select(recordingColumns)
    .select([
      mayDownload(viewerId).as('mayDownload'),
      sql<bigint>`(select count(*) from recording_files where recording_id = recordings.id)`.as('fileCount'),
    ])
  if (filled !== undefined) query = query.where('filled_at', filled ? 'is not' : 'is', null)
  if (scope === 'mine') query = query.where('owner_id', '=', viewerId).where('removed_at', 'is', null)
  if (scope === 'removed') {
    query = query.where('owner_id', '=', viewerId).where(sql<SqlBool>`removed_at > now() - ${restorableFor}`)
  }
  if (scope === 'members') query = query.where('visibility', '=', 'members').where('removed_at', 'is', null)
  if (scope === 'shared') {
    query = query
      .innerJoin('recording_viewers as mine', 'mine.recording_id', 'recordings.id')
      .where('mine.user_id', '=', viewerId)
      .where('removed_at', 'is', null)
      // Blocks are silent: what blocked people share is not brought up.
      .where(
        sql<SqlBool>`not exists (select from blocks where blocker_id = ${viewerId} and blocked_id = recordings.owner_id)`,
      )
  }
  if (before !== undefined) query = query.where('recordings.id', '<', before)
  return query.orderBy('recordings.id', 'desc').limit(limit).execute()
}
