import { DateTime } from 'luxon'
import type { Db } from '../../db/connect.ts'
import type { CalendarMeeting } from '../calendar/store.ts'
import { wordsOf } from '../occurrences/recurrence.ts'
import { currentOccurrence, findOccurrence } from '../occurrences/store.ts'
import { maxTimes } from './news.ts'

/** When a meeting takes place next, in words, as a clock there shows it. */
export async function whenOf(db: Db, meeting: CalendarMeeting): Promise<string> {
  const { id, startsAt, timeZone, recurrence } = meeting
  const next = await currentOccurrence(db, id)
  const at = `${spokenAt(next?.startsAt ?? startsAt, timeZone)} (${timeZone})`
  return recurrence === null ? at : `${at}, ${wordsOf(recurrence)}`
}

/** What became of times of a series that were changed by themselves, a sentence for each. */
export async function changesOf(
  db: Db,
  { id, timeZone, recurrence }: CalendarMeeting,
  times: readonly string[],
): Promise<string[]> {
  if (recurrence === null) return []
  const told: string[] = []
  for (const time of times.slice(0, maxTimes)) {
    const originalAt = new Date(time)
    const now = await findOccurrence(db, id, originalAt)
    if (now === undefined) continue
    const was = spokenAt(originalAt, timeZone)
    if (now.cancelledAt !== null) told.push(`It does not take place on ${was}.`)
    else if (now.startsAt.getTime() === originalAt.getTime()) told.push(`What is on ${was} has changed.`)
    else told.push(`What was on ${was} is now on ${spokenAt(now.startsAt, timeZone)}.`)
  }
  return times.length > maxTimes ? [...told, 'Other times have changed, too.'] : told
}

function spokenAt(at: Date, zone: string): string {
  return DateTime.fromJSDate(at, { zone }).setLocale('en-GB').toFormat('cccc, d LLLL yyyy, HH:mm')
}
