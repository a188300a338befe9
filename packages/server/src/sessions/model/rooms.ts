import { sql } from 'kysely'
import type { Vault } from '../../auth/vault.ts'
import type { Db } from '../../db/connect.ts'
import { type MeetingId, type MeetingRoomId, newId } from '../../ids.ts'
import type { RoomFacts } from '../../providers/provider.ts'
import { normalise } from '../../users/names.ts'

/** Where something was heard. */
export interface Origin {
  /** The id of the account; of a provider without accounts, its own. */
  readonly source: string
  readonly provider: string
  /** Passcodes that the provider tells are kept encrypted by it; without it they are not kept. */
  readonly vault?: Vault
}

export interface HeldRoom {
  readonly id: MeetingRoomId
  readonly meetingId: MeetingId | null
}

export const passcodePurpose = (source: string, externalId: string) => `room:${source}:${externalId}`

const longest = { id: 500, title: 300, name: 200, url: 4_000 }

/** What fits into a row of a text that a provider sent. */
export function fitted(text: string | undefined, most: number): string | null {
  const fit = text?.slice(0, most).replaceAll('\0', '').toWellFormed().trim()
  return fit === undefined || fit === '' ? null : fit
}

export function isId(text: string): boolean {
  return text.length > 0 && text.length <= longest.id && !text.includes('\0') && text.isWellFormed()
}

/** The room of this name, which becomes known by that, with what is told of it; nothing else changes it until the commit. */
export async function holdRoom(
  tx: Db,
  { source, provider, vault }: Origin,
  { externalId, room = {}, at }: { externalId: string; room?: RoomFacts | undefined; at: Date },
): Promise<HeldRoom> {
  const passcode = fitted(room.passcode, longest.name)
  const told = {
    title: fitted(room.title, longest.title),
    host_name: fitted(room.hostName, longest.name),
    host_email: room.hostEmail === undefined ? null : fitted(normalise(room.hostEmail), longest.name),
    join_url: room.joinUrl !== undefined && /^https?:/.test(room.joinUrl) ? fitted(room.joinUrl, longest.url) : null,
    passcode:
      passcode === null || vault === undefined ? null : vault.seal(passcodePurpose(source, externalId), passcode),
  }
  const isTold = Object.values(told).some((value) => value !== null)
  // What was told later stands, however late the earlier comes.
  const newer = (column: string) =>
    sql<string>`case when excluded.told_at >= coalesce(meeting_rooms.told_at, '-infinity') or meeting_rooms.${sql.ref(column)} is null
      then coalesce(excluded.${sql.ref(column)}, meeting_rooms.${sql.ref(column)}) else meeting_rooms.${sql.ref(column)} end`
  return tx
    .insertInto('meeting_rooms')
    .values({
      ...{ id: newId('meetingRoom'), source, provider, external_id: externalId },
      ...{ ...told, title: told.title ?? '', told_at: isTold ? at : null },
      meeting_id: (eb) =>
        eb
          .selectFrom('meetings')
          .select('meetings.id')
          .where('external_id', '=', externalId)
          .where(sql<boolean>`coalesce(connection_id, provider) = ${source}`)
          .limit(1),
    })
    .onConflict((conflict) =>
      conflict.columns(['source', 'external_id']).doUpdateSet({
        title: sql`case when excluded.title <> '' and excluded.told_at >= coalesce(meeting_rooms.told_at, '-infinity')
          then excluded.title else meeting_rooms.title end`,
        host_name: newer('host_name'),
        host_email: newer('host_email'),
        join_url: newer('join_url'),
        passcode: sql`case when excluded.told_at >= coalesce(meeting_rooms.told_at, '-infinity')
          then coalesce(excluded.passcode, meeting_rooms.passcode) else meeting_rooms.passcode end`,
        told_at: sql`greatest(meeting_rooms.told_at, excluded.told_at)`,
      }),
    )
    .returning(['id', 'meeting_id as meetingId'])
    .executeTakeFirstOrThrow()
}

/** Holds the room of a session, as whoever changes one of its sessions does first. */
export async function lockRoomOf(
  tx: Db,
  { source, sessionKey }: { source: string; sessionKey: string },
): Promise<void> {
  await tx
    .selectFrom('meeting_rooms as room')
    .innerJoin('sessions', 'sessions.room_id', 'room.id')
    .select('room.id')
    .where('sessions.source', '=', source)
    .where('session_key', '=', sessionKey)
    .forNoKeyUpdate('room')
    .execute()
}

/** The provider deleted the room; those of our meetings go with their meetings. */
export async function noteGone(tx: Db, id: MeetingRoomId, at: Date): Promise<void> {
  await tx
    .updateTable('meeting_rooms')
    .set({ gone_at: at })
    .where('id', '=', id)
    .where('meeting_id', 'is', null)
    .where('gone_at', 'is', null)
    .where((eb) => eb.or([eb('live_at', 'is', null), eb('live_at', '<=', at)]))
    .execute()
}

/** Somebody was in it. */
export async function noteUsed(tx: Db, id: MeetingRoomId, at: Date): Promise<void> {
  await tx
    .updateTable('meeting_rooms')
    .set({
      live_at: sql`greatest(live_at, ${at})`,
      gone_at: sql`case when meeting_id is null and gone_at < ${at} then null else gone_at end`,
    })
    .where('id', '=', id)
    .execute()
}
