import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UserId } from '../../ids.ts'
import { shownTo } from '../departed/store.ts'
import { isAfter, type Moment, newestFirst } from '../lists/store.ts'
import { type MessageRecord, messageColumns, messageReactions, toMessage } from '../store.ts'
import { isVisibleTo } from '../visible/store.ts'

export interface SearchFilter {
  query: string
  roomId?: RoomId | undefined
  senderId?: UserId | undefined
  after?: Moment | undefined
  limit: number
}

/**
 * Any text as a search for all its words, the last one by its beginning. Postgres itself takes the words out of the text and
 * quotes them, so that no text is a syntax error; without a word in it nothing is found.
 */
const tsquery = (query: string) => {
  const words = sql`plainto_tsquery('simple', searchable(${query}))::text`
  return sql`(case when ${words} <> '' then ${words} || ':*' else '' end)::tsquery`
}

/** How far back is looked first, and then, as long as the page is not full. */
const stepsDays = [2, 30, 365, undefined] as const

const dayMs = 86_400_000

/**
 * Messages that the viewer may see with all words of a text, newest first, after a place where given. Step by step into the
 * past, so that words which are everywhere do not cost more than the page that they fill.
 */
export async function searchMessages(db: Db, viewerId: UserId, filter: SearchFilter): Promise<MessageRecord[]> {
  const start = filter.after?.[0].getTime() ?? Date.now()
  return db.transaction().execute(async (tx) => {
    // What a word costs depends on the word: a plan for any word would be wrong for most.
    await sql`set local plan_cache_mode = force_custom_plan`.execute(tx)
    await sql`set local statement_timeout = '5s'`.execute(tx)
    const found: MessageRecord[] = []
    let before: Date | undefined
    for (const days of stepsDays) {
      const since = days === undefined ? undefined : new Date(start - days * dayMs)
      found.push(
        ...(await searchWithin(tx, viewerId, { ...filter, since, before, limit: filter.limit - found.length })),
      )
      if (found.length >= filter.limit) break
      before = since
    }
    return found
  })
}

/** Of messages that were edited, members are shown what is searched; others may be shown what was said before. */
const saysWhatIsShown = (viewerId: UserId) => sql<SqlBool>`(messages.edited_at is null or exists (
  select from room_members as me where me.room_id = messages.room_id and me.user_id = ${viewerId}
))`

interface Step extends SearchFilter {
  since: Date | undefined
  before: Date | undefined
}

async function searchWithin(tx: Db, viewerId: UserId, step: Step): Promise<MessageRecord[]> {
  const { query: text, roomId, senderId, after, since, before, limit } = step
  const rooms =
    roomId === undefined
      ? sql<RoomId[]>`array(
          select room_id from memberships join rooms on rooms.id = memberships.room_id
          where user_id = ${viewerId} and rooms.removed_at is null
        )`
      : sql<RoomId[]>`array[${roomId}]::text[]`
  let query = tx
    .selectFrom('messages')
    .select(messageColumns)
    .select(messageReactions)
    .where(sql<SqlBool>`messages.words @@ ${tsquery(text)}`)
    .where((eb) => eb('messages.room_id', '=', eb.fn.any(rooms)))
    .where('messages.deleted_at', 'is', null)
    .where(isVisibleTo(viewerId))
    .where(saysWhatIsShown(viewerId))
    .orderBy(newestFirst)
    .limit(limit)
  if (senderId !== undefined) query = query.where('messages.sender_id', '=', senderId)
  if (since !== undefined) query = query.where('messages.sent_at', '>=', since)
  if (before !== undefined) query = query.where('messages.sent_at', '<', before)
  if (after !== undefined) query = query.where(isAfter(after))
  return shownTo(tx, viewerId, (await query.execute()).map(toMessage))
}
