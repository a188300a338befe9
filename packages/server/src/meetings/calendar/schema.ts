import { z } from 'zod'
import { meetingId } from '../../ids.ts'

export const calendarInput = z.object({ meetingId })

export const calendarFile = z
  .object({
    fileName: z.string().describe('A name to keep it under.'),
    text: z.string().describe('iCalendar (RFC 5545), `text/calendar`.'),
  })
  .meta({ id: 'CalendarFile', description: 'Something for calendars to read.' })

export const feed = z
  .object({
    url: z
      .string()
      .describe('The address, for calendars to subscribe to. Whoever has it sees the calendar: it is shown this once.'),
  })
  .meta({ id: 'CalendarFeed', description: 'A private address of a calendar.' })
