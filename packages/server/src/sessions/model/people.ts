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
      name = case when exists (select from users gone where gone.id = session_people.user_id and gone.removed_at is not null)
        then '' else coalesce(nullif(excluded.name, ''), session_people.name) end,
      user_id = coalesce(session_people.user_id, excluded.user_id),
      missing_since = case when ${isThere} then null else session_people.missing_since end`.execute(tx)
}

/** So often one key comes or goes in a session, and is heard of. */
const maxFacts = 1_000

/** Whether it was not known. */
export async function writeFact(tx: Db, sessionId: SessionId, key: string, fact: Fact): Promise<boolean> {
  const { kind, at, told } = fact
  const { rows } = await sql`insert into session_facts (session_id, key, kind, at, told)
    select ${sessionId}, ${key}, ${kind}, ${at}, ${told}
    where (select count(*) from session_facts where session_id = ${sessionId} and key = ${key}) < ${maxFacts}
    on conflict do nothing returning key`.execute(tx)
  return rows.length > 0
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
  let [facts, stays] = [factsOf(tx, id), staysNow(tx, id)]
  if (keys !== undefined) {
    facts = facts.where((eb) => eb('key', '=', eb.fn.any(eb.val([...keys]))))
    stays = stays.where((eb) => eb('key', '=', eb.fn.any(eb.val([...keys]))))
  }
  const nameOf = (key: string, joinedAt: Date, leftAt: Date | null) =>
    `${joinedAt.getTime()} ${leftAt?.getTime()} ${key}`
  const known = new Map((await stays.execute()).map((row) => [nameOf(row.key, row.joinedAt, row.leftAt), row]))
  const rows = [...Map.groupBy(await facts.execute(), ({ key }) => key)].flatMap(([key, own]) =>
    staysOf(own, endedAt).map((stay) => ({ key, ...stay })),
  )
  const fresh = rows.filter(({ key, joinedAt, leftAt }) => !known.delete(nameOf(key, joinedAt, leftAt)))
  const old = [...known.values()]
  await sql`delete from session_stays using unnest(${old.map(({ key }) => key)}::text[], ${old.map(({ joinedAt }) => joinedAt)}::timestamptz[])
    as old (key, joined_at)
    where session_stays.session_id = ${id} and session_stays.key = old.key and session_stays.joined_at = old.joined_at`.execute(
    tx,
  )
  await sql`insert into session_stays (session_id, key, joined_at, left_at)
    select ${id}, fresh.key, fresh.joined_at, fresh.left_at from unnest(${fresh.map(({ key }) => key)}::text[],
      ${fresh.map(({ joinedAt }) => joinedAt)}::timestamptz[], ${fresh.map(({ leftAt }) => leftAt)}::timestamptz[])
    as fresh (key, joined_at, left_at)`.execute(tx)
}

function factsOf(tx: Db, id: SessionId) {
  return tx.selectFrom('session_facts').select(['key', 'kind', 'at', 'told']).where('session_id', '=', id)
}

function staysNow(tx: Db, id: SessionId) {
  return tx
    .selectFrom('session_stays')
    .select(['key', 'joined_at as joinedAt', 'left_at as leftAt'])
    .where('session_id', '=', id)
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

/** Who of ours was there, from an hour before it began on, is among those who attended the meeting, until they left. */
export async function noteAttendance(tx: Db, { id, meetingId, originalAt }: HeldSession): Promise<void> {
  if (meetingId === null || originalAt === null) return
  await sql`with own as (
      select user_id, min(joined_at) as joined_at,
        case when bool_or(left_at is null) then null else max(left_at) end as left_at
      from session_people join session_stays using (session_id, key)
      where session_id = ${id} and user_id is not null and joined_at >= (
        select o.starts_at - interval '1 hour' from meeting_occurrences o
        where o.meeting_id = ${meetingId} and o.original_at = ${originalAt})
      group by user_id
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
