import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { parseToken, sameHash } from '../auth/tokens.ts'
import { ApiError } from '../errors.ts'
import { calendarFeedId } from '../ids.ts'
import { toIcs } from '../meetings/calendar/ics.ts'
import { meetingsToShow } from '../meetings/calendar/shown.ts'
import { findFeed, meetingsOfCalendar } from '../meetings/calendar/store.ts'
import type { Services } from '../trpc.ts'
import { sendProblem } from './failure.ts'

const parameters = z.object({ token: z.string() })
const pastMs = 90 * 86_400_000
/** The newest so many. */
const maxMeetings = 1_000

/** The private calendar addresses: who has one sees the calendar, until it is revoked. */
export function calendars(app: FastifyInstance, services: Pick<Services, 'db' | 'publicUrl' | 'senderEmail'>): void {
  const { db, senderEmail } = services
  app.get('/calendars/:token.ics', async (request, reply) => {
    const token = parseToken(parameters.parse(request.params).token)
    const id = calendarFeedId.safeParse(token?.id).data
    const feed = id && (await findFeed(db, id))
    if (token === undefined || feed === undefined || !sameHash(feed.secretHash, token.secretHash)) {
      return sendProblem(reply, new ApiError('NOT_FOUND').details)
    }
    const ids = await meetingsOfCalendar(db, feed.userId, new Date(Date.now() - pastMs), maxMeetings)
    const text = toIcs(await meetingsToShow(services, ids), { method: 'publish', organizerEmail: senderEmail })
    return reply
      .headers({ 'cache-control': 'private, max-age=300', 'x-robots-tag': 'noindex' })
      .type('text/calendar; charset=utf-8')
      .send(text)
  })
}
