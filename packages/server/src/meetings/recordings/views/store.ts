import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import type { RecordingId, RecordingLinkId, RecordingViewId, UserId } from '../../../ids.ts'

export interface Views {
  /** The place in the list: the id of the view, the user or the link. */
  key: string
  viewId: RecordingViewId | null
  userId: UserId | null
  linkId: RecordingLinkId | null
  linkName: string | null
  views: number
  downloads: number
  sentBytes: number
  share: number
  openedAt: Date
  lastAt: Date | null
}

interface Filter {
  by: 'view' | 'user' | 'link'
  after: string | undefined
  limit: number
}

const columnOf = { view: 'id', user: 'user_id', link: 'link_id' } as const

type Counts = 'views' | 'downloads' | 'sentBytes'

/** Who watched a recording: each time, the last first, or in total by user or by link. */
export async function listViews(db: Db, recordingId: RecordingId, { by, after, limit }: Filter): Promise<Views[]> {
  const key = sql.ref(`view.${columnOf[by]}`)
  const [direction, beyond] = by === 'view' ? [sql`desc`, sql`<`] : [sql`asc`, sql`>`]
  const isAfter = after === undefined ? sql`true` : sql`${key} ${beyond} ${after}`
  const { rows } = await sql<Omit<Views, Counts> & Record<Counts, bigint>>`
    with page as (
      select ${key} as key, count(*) as views, sum(downloads)::bigint as downloads, sum(sent_bytes)::bigint as sent,
        min(opened_at) as opened_at, max(last_at) as last_at,
        ${by === 'link' ? sql`null::text` : sql`min(user_id)`} as user_id, ${by === 'user' ? sql`null::text` : sql`min(link_id)`} as link_id
      from recording_views as view
      where view.recording_id = ${recordingId} and ${key} is not null and ${isAfter}
      group by ${key} order by ${key} ${direction} limit ${limit}
    ), parts as (
      select page.key, part.file_id, range_agg(part.seen) as seen
      from page join recording_views as view on ${key} = page.key and view.recording_id = ${recordingId}
      join recording_view_parts as part on part.view_id = view.id
      group by page.key, part.file_id
    ), seen as (
      select key, sum(upper(one) - lower(one)) as bytes from parts cross join lateral unnest(seen) as one group by key
    ), size as (
      select sum(uploads.size_bytes) as bytes
      from recording_files as file join uploads on uploads.id = file.upload_id where file.recording_id = ${recordingId}
    )
    select page.key, ${by === 'view' ? sql`page.key` : sql`null::text`} as "viewId", page.user_id as "userId",
      page.link_id as "linkId", link.name as "linkName", page.views, page.downloads, page.sent as "sentBytes",
      least(1, coalesce(seen.bytes / nullif(size.bytes, 0), 0))::float8 as share,
      page.opened_at as "openedAt", page.last_at as "lastAt"
    from page cross join size left join seen on seen.key = page.key left join recording_links as link on link.id = page.link_id
    order by page.key ${direction}`.execute(db)
  return rows.map(({ views, downloads, sentBytes, ...row }) => ({
    ...row,
    views: Number(views),
    downloads: Number(downloads),
    sentBytes: Number(sentBytes),
  }))
}
