import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { LabelId, RunId, TrackId } from '../../ids.ts'
import { uncountedImports } from '../totals/store.ts'

export interface SuspendedRow {
  kind: 'unassigned' | 'unheard'
  trackKey: number
  trackId: TrackId | null
  externalId: string | null
  title: string | null
  sharePpm: number
  seconds: bigint
  streams: bigint
  amountMinor: bigint | null
  /** What the list is ordered by, the largest first: the amount, or seconds. */
  rank: bigint
}

export interface Page {
  after: { rank: bigint; kind: string; trackKey: number } | undefined
  limit: number
}

const beyond = ({ after }: Page) =>
  after === undefined
    ? sql`true`
    : sql`(-rank, kind, "trackKey") > (${-after.rank}::bigint, ${after.kind}, ${after.trackKey}::integer)`

/**
 * What is suspended still of a period that a run stands of, or that has none as all of it came late. What came late counts once the
 * period that it is accounted in is closed.
 */
export async function suspendedByRun(
  db: Db,
  run: { id: RunId | null; period: string },
  page: Page,
): Promise<SuspendedRow[]> {
  const { rows } = await sql<SuspendedRow>`
    with lines as (
      select payee, track_key, seconds, streams, share_ppm, amount_minor from royalty_run_lines
      where run_id = ${run.id} and payee = any('{unassigned,unheard}')
    ),
    changes as (
      select payee, coalesce(track_key, 0) as track_key, sum(amount_minor)::bigint as amount_minor
      from royalty_adjustments a
      where for_period = ${run.period} and payee = any('{unassigned,unheard}')
        and (kind <> 'late' or exists (select from royalty_periods where id = a.period and state = 'closed'))
      group by 1, 2
    ),
    suspended as (
      select payee as kind, track_key as "trackKey", coalesce(l.share_ppm, 1000000) as "sharePpm",
        coalesce(l.seconds, 0) as seconds, coalesce(l.streams, 0) as streams,
        coalesce(l.amount_minor, 0) + coalesce(c.amount_minor, 0) as rank
      from lines l full join changes c using (payee, track_key)
    )
    select s.kind, s."trackKey", t.id as "trackId", t.external_id as "externalId", t.title, s."sharePpm", s.seconds,
      s.streams, s.rank as "amountMinor", s.rank
    from (
      select kind, "trackKey", "sharePpm", seconds, streams, rank from suspended
      where rank <> 0 and ${beyond(page)}
      order by -rank, kind, "trackKey"
      limit ${page.limit}
    ) s
    left join tracks t on t.key = s."trackKey"
    order by -s.rank, s.kind, s."trackKey"`.execute(db)
  return rows
}

/** The tracks that were heard in a period so far, and are not all assigned. */
export async function unassignedSoFar(db: Db, period: string, page: Page): Promise<SuspendedRow[]> {
  const without = await uncountedImports(db)
  const { rows } = await sql<SuspendedRow>`
    with suspended as (
      select 'unassigned' as kind, t.key as "trackKey", t.id as "trackId", t.external_id as "externalId", t.title,
        (1000000 - held.share)::integer as "sharePpm", heard.seconds, heard.streams, null::bigint as "amountMinor",
        heard.seconds as rank
      from tracks t
      cross join lateral (
        select coalesce(sum(r.share_ppm), 0) as share from track_rights r
        where r.track_key = t.key and r.from_period = (
          select max(from_period) from track_rights where track_key = t.key and from_period <= ${period}
        )
      ) held
      cross join lateral (
        select sum(seconds)::bigint as seconds, count(*) as streams from streams
        where track_key = t.key and period = ${period} and booked = ${period}
          and import_key <> all(${without}::integer[])
      ) heard
      where held.share < 1000000 and heard.streams > 0
    )
    select kind, "trackKey", "trackId", "externalId", title, "sharePpm", seconds, streams, "amountMinor", rank
    from suspended
    where ${beyond(page)}
    order by -rank, kind, "trackKey"
    limit ${page.limit}`.execute(db)
  return rows
}

export interface SuspendedPart {
  period: string
  /** The period that it is accounted in: a later one where it came late. */
  booked: string
  /** That of the latter: it can be given away once that is closed. */
  state: string
  amountMinor: bigint
}

/** What was suspended of a track in periods that a run stands of, also what came late. */
export async function suspendedOf(db: Db, trackKey: number): Promise<SuspendedPart[]> {
  const { rows } = await sql<SuspendedPart>`
    with suspended as (
      select r.period, r.period as booked, l.amount_minor from royalty_run_lines l
      join royalty_runs r on r.id = l.run_id
      where l.track_key = ${trackKey} and l.payee = 'unassigned' and r.reversed_at is null
      union all
      select for_period, period, amount_minor from royalty_adjustments
      where track_key = ${trackKey} and payee = 'unassigned' and kind = 'late'
    )
    select s.period, s.booked, p.state, sum(s.amount_minor)::bigint as "amountMinor"
    from suspended s
    join royalty_periods p on p.id = s.booked
    group by s.period, s.booked, p.state order by s.period, s.booked`.execute(db)
  return rows
}

/** For each period: what went to whom of what was suspended of a track. */
export async function givenOf(db: Db, trackKey: number) {
  const { rows } = await sql<{ period: string; labelId: LabelId; amountMinor: bigint }>`
    select for_period as period, payee as "labelId", sum(amount_minor)::bigint as "amountMinor"
    from royalty_adjustments
    where track_key = ${trackKey} and kind = 'suspense' and payee <> 'unassigned'
    group by for_period, payee order by for_period, payee`.execute(db)
  return rows
}
