import type { MeetingId } from '../../ids.ts'
import type { Services } from '../../trpc.ts'
import { addressOf } from './address.ts'
import { type CalendarMeeting, calendarMeetings } from './store.ts'

/** These meetings as mails and calendars show them. */
export async function meetingsToShow(
  services: Pick<Services, 'db' | 'publicUrl'>,
  ids: readonly MeetingId[],
): Promise<CalendarMeeting[]> {
  const meetings = await calendarMeetings(services.db, ids)
  return meetings.map(({ lobby, hasPasscode, ...meeting }) => ({
    ...meeting,
    joinUrl: addressOf(services, { ...meeting, lobby, hasPasscode }),
  }))
}
