import type { Db } from '../../db/connect.ts'
import { lockMeeting } from '../store.ts'
import { planOf } from './plan.ts'
import { insertOccurrences, noteExpanded, seriesToExpand } from './store.ts'

const atOnce = 100
/** A series is written out further once it is so far from a year ahead. */
const slackMs = 31 * 86_400_000

/** Writes out series without an end further ahead, so that there is always about a year of them. */
export async function expandSeries(db: Db, now = new Date()): Promise<void> {
  for (;;) {
    const due = await seriesToExpand(db, new Date(now.getTime() + 366 * 86_400_000 - slackMs), atOnce)
    for (const meetingId of due) {
      await db.transaction().execute(async (tx) => {
        const series = await lockMeeting(tx, meetingId)
        if (series === undefined || series.expandedTo === null) return
        const { times, expandedTo } = planOf(series, series.expandedTo, now)
        await insertOccurrences(tx, { meetingId, durationMinutes: series.durationMinutes, times })
        await noteExpanded(tx, meetingId, expandedTo)
      })
    }
    if (due.length < atOnce) return
  }
}
