import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { SessionId, UserId } from '../../ids.ts'
import { normalise } from '../../users/names.ts'
import { fitted } from './rooms.ts'
import type { HeldSession } from './sessions.ts'
import { type Fact, staysOf } from './stays.ts'

interface Person {
  key: string
  name: string
  userId: UserId | null
  email: string | null
}

const longestName = 200

/** Somebody of a session, who becomes known by that. Who has a verified address here is the user of it. */
export async function writePerson(
  tx: Db,
  sessionId: SessionId,
  { key, name, userId, email, isThere }: Person & { isThere: boolean },
): Promise<void> {
  const emailKey = email === null ? null : fitted(normalise(email), longestName)
  await sql`insert into session_people (session_id, key, name, user_id)
    values (${sessionId}, ${key}, ${fitted(name, longestName) ?? ''}, coalesce(
      (select id from users where id = ${userId} and removed_at is null),
      (select id from users where email_key = ${emailKey} and email_verified_at is not null and removed_at is null)))
    on conflict (session_id, key) do update set
      name = coalesce(nullif(excluded.name, ''), session_people.name),
      user_id = coalesce(session_people.user_id, excluded.user_id),
      missing_since = case when ${isThere} then null else session_people.missing_since end`.execute(tx)
}

/** Whether it was not known. */
export async function writeFact(tx: Db, sessionId: SessionId, key: string, fact: Fact): Promise<boolean> {
  const { kind, at, told } = fact
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('session_facts')
    .values({ session_id: sessionId, key, kind, at, told })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Gives up that somebody left, which was only concluded; whether that changes anything. */
export async function dropConcluded(tx: Db, sessionId: SessionId, key: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('session_facts')
    .where('session_id', '=', sessionId)
    .where('key', '=', key)
    .where('kind', '=', 'left')
    .where('told', '=', false)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** Brings the stays of these people, or of all, to what the facts come to. */
export async function writeStays(tx: Db, { id, endedAt }: HeldSession, keys?: readonly string[]): Promise<void> {
  let query = tx.selectFrom('session_facts').select(['key', 'kind', 'at', 'told']).where('session_id', '=', id)
  let removal = tx.deleteFrom('session_stays').where('session_id', '=', id)
  if (keys !== undefined) {
    query = query.where((eb) => eb('key', '=', eb.fn.any(eb.val([...keys]))))
    removal = removal.where((eb) => eb('key', '=', eb.fn.any(eb.val([...keys]))))
  }
  const facts = await query.execute()
  await removal.execute()
  const rows = [...Map.groupBy(facts, ({ key }) => key)].flatMap(([key, own]) =>
    staysOf(own, endedAt).map(({ joinedAt, leftAt }) => ({
      session_id: id,
      key,
      joined_at: joinedAt,
      left_at: leftAt,
    })),
  )
  const most = 5_000
  for (let at = 0; at < rows.length; at += most)
    await tx
      .insertInto('session_stays')
      .values(rows.slice(at, at + most))
      .execute()
}

/** Who is in a session, of those who came before a time. */
export function presentBefore(tx: Db, sessionId: SessionId, before: Date) {
  return tx
    .selectFrom('session_stays as stay')
    .innerJoin('session_people as person', (join) =>
      join.onRef('person.session_id', '=', 'stay.session_id').onRef('person.key', '=', 'stay.key'),
    )
    .select(['stay.key', 'person.missing_since as missingSince'])
    .where('stay.session_id', '=', sessionId)
    .where('stay.left_at', 'is', null)
    .where('stay.joined_at', '<', before)
    .execute()
}

export async function noteMissing(tx: Db, sessionId: SessionId, keys: readonly string[], at: Date): Promise<void> {
  if (keys.length === 0) return
  await tx
    .updateTable('session_people')
    .set({ missing_since: at })
    .where('session_id', '=', sessionId)
    .where((eb) => eb('key', '=', eb.fn.any(eb.val([...keys]))))
    .execute()
}

/** Who of ours was there is among those who attended the meeting, until they left. */
export async function noteAttendance(tx: Db, { id, meetingId, originalAt }: HeldSession): Promise<void> {
  if (meetingId === null || originalAt === null) return
  await sql`with own as (
      select user_id, min(joined_at) as joined_at,
        case when bool_or(left_at is null) then null else max(left_at) end as left_at
      from session_people join session_stays using (session_id, key)
      where session_id = ${id} and user_id is not null group by user_id
    ), known as (
      update meeting_attendance a set left_at = own.left_at from own
      where a.meeting_id = ${meetingId} and a.original_at = ${originalAt} and a.user_id = own.user_id
        and a.joined_at = (
          select max(joined_at) from meeting_attendance b where b.meeting_id = ${meetingId}
            and b.original_at = ${originalAt} and b.user_id = own.user_id
        ) and (own.left_at is null or own.left_at >= a.joined_at)
      returning a.user_id
    )
    insert into meeting_attendance (meeting_id, original_at, user_id, joined_at, left_at)
    select ${meetingId}, ${originalAt}, user_id, joined_at, left_at from own
    where not exists (
      select from meeting_attendance b where b.meeting_id = ${meetingId} and b.original_at = ${originalAt}
        and b.user_id = own.user_id
    ) on conflict do nothing`.execute(tx)
}
