import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UploadId, UserId } from '../../ids.ts'
import { isAlive, isUsed } from '../store.ts'

/**
 * Locks complete uploads for what is about to use them; which of them there are. After the lock of the room or user that uses
 * them: so does all that lets go of uploads.
 */
export async function holdUploads(tx: Db, ids: readonly UploadId[]): Promise<ReadonlySet<UploadId>> {
  if (ids.length === 0) return new Set()
  const rows = await tx
    .selectFrom('uploads')
    .select('id')
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...new Set(ids)]))))
    .where('completed_at', 'is not', null)
    .where(isAlive)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute()
  return new Set(rows.map(({ id }) => id))
}

/** Has messages use uploads, which have to be locked. */
export async function linkUploads(
  tx: Db,
  links: readonly { roomId: RoomId; seq: bigint; uploadId: UploadId }[],
): Promise<void> {
  if (links.length === 0) return
  await tx
    .insertInto('message_uploads')
    .values(links.map(({ roomId, seq, uploadId }) => ({ room_id: roomId, seq, upload_id: uploadId })))
    .execute()
  await keepUploads(
    tx,
    links.map(({ uploadId }) => uploadId),
  )
}

/** Something uses these uploads: they have no end. */
export async function keepUploads(tx: Db, ids: readonly UploadId[]): Promise<void> {
  await tx
    .updateTable('uploads')
    .set({ due_at: null })
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
}

/** Lets go of uploads: gone from now on, unless something else uses them, which their removal looks at. */
export async function releaseUploads(db: Db, ids: readonly UploadId[]): Promise<void> {
  if (ids.length === 0) return
  await db
    .updateTable('uploads')
    .set({ due_at: sql`now()`, writer: null, writing_until: null })
    .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
    .execute()
}

/** Lets go of all that a user has uploaded and nothing shows; whether there is any. */
export async function releaseUnused(tx: Db, ownerId: UserId): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('uploads')
    .set({ due_at: sql`now()`, name: '', writer: null, writing_until: null })
    .where('owner_id', '=', ownerId)
    .where((eb) => eb.not(isUsed))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** Uploads after one that are past their time, in the order of their ids. */
export async function dueUploads(db: Db, after: string, limit: number): Promise<UploadId[]> {
  const rows = await db
    .selectFrom('uploads')
    .select('id')
    .where('due_at', '<=', sql<Date>`now()`)
    .where('id', '>', after as UploadId)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * Locks an upload that is past its time, so that nobody begins to use it, and tells whether something does; undefined where
 * it is not past its time, or somebody has it locked.
 */
export async function lockDue(tx: Db, id: UploadId): Promise<boolean | undefined> {
  const locked = await tx
    .selectFrom('uploads')
    .select('id')
    .where('id', '=', id)
    // Not by the index of what is due: there may be much of it.
    .where(sql<SqlBool>`coalesce(due_at <= now(), false)`)
    .where(sql<SqlBool>`(writer is null or writing_until < now())`)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst()
  if (locked === undefined) return undefined
  // A statement of its own: it sees what was committed before the lock was had.
  const row = await tx.selectFrom('uploads').select(isUsed.as('used')).where('id', '=', id).executeTakeFirstOrThrow()
  return row.used === true
}

export async function deleteUpload(tx: Db, id: UploadId): Promise<void> {
  await tx.deleteFrom('uploads').where('id', '=', id).execute()
}

/** Uploads after one that have bytes, in the order of their ids. */
export async function uploadsWithBytes(db: Db, after: string, limit: number): Promise<UploadId[]> {
  const rows = await db
    .selectFrom('uploads')
    .select('id')
    .where('received_bytes', '>', 0n)
    .where('id', '>', after as UploadId)
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ id }) => id)
}

/**
 * Of a file whose bytes are missing: one that is open begins anew, one that nothing uses is past its time. Whether something
 * uses it.
 */
export async function noteLost(db: Db, id: string): Promise<boolean> {
  const row = await db
    .updateTable('uploads')
    .set({ received_bytes: sql`case when completed_at is null then 0 else received_bytes end` })
    .set({ due_at: sql`case when completed_at is not null and due_at is not null then now() else due_at end` })
    .where('id', '=', id as UploadId)
    .where(sql<SqlBool>`(writer is null or writing_until < now())`)
    .returning(sql<boolean>`completed_at is not null and due_at is null`.as('used'))
    .executeTakeFirst()
  return row?.used === true
}

/** Whether there is a row of this id, past its time or not. */
export async function uploadExists(db: Db, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('uploads')
    .select('id')
    .where('id', '=', id as UploadId)
    .executeTakeFirst()
  return row !== undefined
}

/** The name of the folder that this database has its files in; given to it once. */
export async function fileStoreName(db: Db): Promise<string> {
  const made = await db
    .insertInto('file_store')
    .defaultValues()
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst()
  return (made ?? (await db.selectFrom('file_store').select('name').executeTakeFirstOrThrow())).name
}
