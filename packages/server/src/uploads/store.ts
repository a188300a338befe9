import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { UploadId, UserId } from '../ids.ts'
import { isVisibleTo } from '../messages/visible/store.ts'

const columns = [
  ...(['id', 'owner_id as ownerId', 'name', 'type', 'size_bytes as sizeBytes', 'sha256'] as const),
  ...(['received_bytes as receivedBytes', 'width', 'height', 'created_at as createdAt'] as const),
  ...(['completed_at as completedAt', 'due_at as dueAt', 'growing'] as const),
] as const

interface UploadRow {
  id: UploadId
  ownerId: UserId
  name: string
  type: string
  sizeBytes: bigint
  sha256: Buffer | null
  receivedBytes: bigint
  width: number | null
  height: number | null
  createdAt: Date
  completedAt: Date | null
  dueAt: Date | null
  /** Whether `sizeBytes` is the most that it may have. */
  growing: boolean
}

export interface UploadRecord extends Omit<UploadRow, 'sizeBytes' | 'receivedBytes'> {
  sizeBytes: number
  receivedBytes: number
}

function toUpload({ sizeBytes, receivedBytes, ...row }: UploadRow): UploadRecord {
  return { ...row, sizeBytes: Number(sizeBytes), receivedBytes: Number(receivedBytes) }
}

/** How long an upload waits to be gone on with, or to be used. */
const patience = sql<Date>`now() + interval '24 hours'`

/** The same for one that may be in use while it grows: then it has no end. */
const stillWaits = sql<Date | null>`case when due_at is null then null else ${patience} end`

/** While a request writes, it says so at least this often. */
const writingFor = sql<Date>`now() + interval '20 seconds'`

/** Whether messages, recordings, people or rooms show it, or an import reads it. */
export const isUsed = sql<SqlBool>`coalesce(
  (select true from message_uploads where upload_id = uploads.id limit 1),
  (select true from recording_files where upload_id = uploads.id limit 1),
  (select true from users where avatar = uploads.id limit 1),
  (select true from rooms where avatar = uploads.id limit 1),
  (select true from imports where upload_id = uploads.id limit 1), false
)`

/** What is past its time counts as gone, unless something else than what let go of it shows it. */
export const isAlive = sql<SqlBool>`(uploads.due_at is null or uploads.due_at > now() or ${isUsed})`

export interface NewUpload {
  id: UploadId
  ownerId: UserId
  name: string
  type: string
  sizeBytes: number
  sha256: Buffer | null
  /** Whether `sizeBytes` is the most that it may have. */
  growing?: boolean
}

export async function insertUpload(tx: Db, { ownerId, sizeBytes, growing = false, ...upload }: NewUpload) {
  const { id, name, type, sha256 } = upload
  const row = await tx
    .insertInto('uploads')
    .values({
      ...{ id, owner_id: ownerId, name, type, size_bytes: sizeBytes, sha256, due_at: patience, growing },
      ...(growing && { received_at: sql<Date>`now()` }),
    })
    .returning(columns)
    .executeTakeFirstOrThrow()
  return toUpload(row)
}

/** How many bytes somebody's files have, and how many of their uploads are open. */
export async function holdingsOf(db: Db, ownerId: UserId): Promise<{ bytes: number; open: number }> {
  const row = await db
    .selectFrom('uploads')
    .select([
      sql<bigint>`coalesce(sum(case when growing then received_bytes else size_bytes end), 0)::bigint`.as('bytes'),
      // What is copied from a provider is none of theirs to end.
      sql<bigint>`count(*) filter (where completed_at is null and due_at > now() and not ${isUsed})`.as('open'),
    ])
    .where('owner_id', '=', ownerId)
    .executeTakeFirstOrThrow()
  return { bytes: Number(row.bytes), open: Number(row.open) }
}

export async function findUpload(db: Db, id: UploadId): Promise<UploadRecord | undefined> {
  const row = await db.selectFrom('uploads').select(columns).where('id', '=', id).where(isAlive).executeTakeFirst()
  return row && toUpload(row)
}

/** A complete upload, for who may read it. */
export async function findComplete(db: Db, id: UploadId): Promise<UploadRecord | undefined> {
  const row = await db
    .selectFrom('uploads')
    .select(columns)
    .where('id', '=', id)
    .where('completed_at', 'is not', null)
    .executeTakeFirst()
  return row && toUpload(row)
}

/** Those of these uploads that there are. */
export async function findUploads(db: Db, ids: readonly UploadId[]): Promise<UploadRecord[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('uploads')
    .select(columns)
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where(isAlive)
    .execute()
  return rows.map(toUpload)
}

/** The uploads of a user in the order of their ids, after one. */
export async function uploadsAfter(db: Db, ownerId: UserId, after: string, limit: number): Promise<UploadRecord[]> {
  const rows = await db
    .selectFrom('uploads')
    .select(columns)
    .where('owner_id', '=', ownerId)
    .where('id', '>', after as UploadId)
    .where(isAlive)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(toUpload)
}

/** Which of these uploads are a user's own. */
export async function uploadsOf(db: Db, userId: UserId, ids: readonly UploadId[]): Promise<UploadId[]> {
  const rows = await db
    .selectFrom('uploads')
    .select('id')
    .where('owner_id', '=', userId)
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where(isAlive)
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * Which of these uploads somebody may read: their own, those of messages that they may see, and avatars of people, and of
 * rooms that they are in or may join. Without a user, avatars of people alone.
 */
export async function readableUploads(db: Db, viewerId: UserId | null, ids: readonly UploadId[]): Promise<UploadId[]> {
  const isAvatar = sql<SqlBool>`exists (select from users where avatar = uploads.id)`
  const ofUser = sql<SqlBool>`(uploads.owner_id = ${viewerId} and ${isAlive})
    or exists (
      select from message_uploads as carried
      join messages on messages.room_id = carried.room_id and messages.seq = carried.seq
      join rooms on rooms.id = carried.room_id and rooms.removed_at is null
      where carried.upload_id = uploads.id and ${isVisibleTo(viewerId ?? ('' as UserId))}
    )
    or exists (
      select from rooms where avatar = uploads.id and removed_at is null and (access = 'open' or exists (
        select from room_members where room_id = rooms.id and user_id = ${viewerId}
      ))
    )`
  const rows = await db
    .selectFrom('uploads')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .where('completed_at', 'is not', null)
    .where(viewerId === null ? isAvatar : sql<SqlBool>`(${isAvatar} or ${ofUser})`)
    .execute()
  return rows.map(({ id }) => id)
}

/** Gives an open upload to one writer, who goes on at `offset` where given; false where it is not to be had so. */
export async function takeWriting(
  db: Db,
  { id, writer, offset }: { id: UploadId; writer: string; offset?: number | undefined },
): Promise<boolean> {
  let query = db
    .updateTable('uploads')
    .set({ writer, writing_until: writingFor, due_at: stillWaits })
    .where('id', '=', id)
    .where('completed_at', 'is', null)
    .where(isAlive)
    .where(sql<SqlBool>`(writer is null or writing_until < now())`)
  if (offset !== undefined) query = query.where('received_bytes', '=', BigInt(offset))
  return (await query.executeTakeFirst()).numUpdatedRows > 0n
}

/** Notes what is kept for good; false for who is the writer no more. */
export async function noteReceived(db: Db, id: UploadId, writer: string, received: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('uploads')
    .set({
      ...{ received_bytes: received, writing_until: writingFor, due_at: stillWaits },
      received_at: sql`case when growing then now() end`,
    })
    .where('id', '=', id)
    .where('writer', '=', writer)
    .where(isAlive)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function endWriting(db: Db, id: UploadId, writer: string): Promise<void> {
  await db
    .updateTable('uploads')
    .set({ writer: null, writing_until: null })
    .where('id', '=', id)
    .where('writer', '=', writer)
    .execute()
}

/** Completes an upload as what it was found to be; undefined for who is the writer no more. */
export async function completeUpload(
  db: Db,
  id: UploadId,
  writer: string,
  found: { type: string; width: number | null; height: number | null },
): Promise<UploadRecord | undefined> {
  const row = await db
    .updateTable('uploads')
    .set({
      ...{ ...found, completed_at: sql`now()`, due_at: stillWaits, writer: null, writing_until: null },
      ...{ size_bytes: sql`case when growing then received_bytes else size_bytes end`, growing: false },
    })
    .where('id', '=', id)
    .where('writer', '=', writer)
    .where(isAlive)
    .returning(columns)
    .executeTakeFirst()
  return row && toUpload(row)
}
