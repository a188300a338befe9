import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UploadId, UserId } from '../../ids.ts'
import { mediaPath } from '../schema.ts'

/** Whose avatar. */
export type Portrayed = { table: 'users'; id: UserId } | { table: 'rooms'; id: RoomId }

/** Where the avatar of a row is read; null where there is none. */
export const avatarUrl = (table: Portrayed['table']) =>
  sql<string | null>`${sql.lit(`${mediaPath}/`)} || ${sql.ref(`${table}.avatar`)}`.as('avatarUrl')

/**
 * Sets an avatar, or none, for who or what is locked. The one before is past its time from now on, unless something else uses
 * it. Whether there was one.
 */
export async function setAvatar(tx: Db, { table, id }: Portrayed, avatar: UploadId | null): Promise<boolean> {
  const { numAffectedRows = 0n } = await sql`
    with before as (select avatar from ${sql.table(table)} where id = ${id}),
      after as (update ${sql.table(table)} set avatar = ${avatar} where id = ${id})
    update uploads set due_at = now() where id = (select avatar from before) and id is distinct from ${avatar}`.execute(
    tx,
  )
  return numAffectedRows > 0n
}
