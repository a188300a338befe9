import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { parseToken, sameHash } from '../auth/tokens.ts'
import { ApiError } from '../errors.ts'
import { calendarFeedId } from '../ids.ts'
import { toIcs, weightOf } from '../meetings/calendar/ics.ts'
import { meetingsToShow } from '../meetings/calendar/shown.ts'
import { findFeed, meetingsOfCalendar } from '../meetings/calendar/store.ts'
import { countFitting } from '../page.ts'
import { reportFailure } from './body.ts'
import { type ContextDependencies, contextOf } from './context.ts'
import { sendProblem } from './failure.ts'

const parameters = z.object({ token: z.string() })
const pastMs = 90 * 86_400_000
/** The newest so many, and of these as many as make a file of so many characters. */
const maxMeetings = 500
const maxWeight = 1_000_000

/** The private calendar addresses: who has one sees the calendar, until it is revoked. */
export async function calendars(app: FastifyInstance, dependencies: ContextDependencies): Promise<void> {
  const { services } = dependencies
  const { db, limits, log, senderEmail } = services
  app.setErrorHandler((error, request, reply) =>
    sendProblem(reply, reportFailure(log, error, { requestId: request.id })),
  )
  app.get('/calendars/:token.ics', async (request, reply) => {
    await contextOf(dependencies, request, reply).countCall({ kind: 'anyone' })
    const token = parseToken(parameters.parse(request.params).token)
    const id = calendarFeedId.safeParse(token?.id).data
    const feed = id && (await findFeed(db, id))
    if (token === undefined || id === undefined || feed === undefined || !sameHash(feed.secretHash, token.secretHash)) {
      throw new ApiError('NOT_FOUND')
    }
    await limits.beforeOpening([id])
    const ids = await meetingsOfCalendar(db, feed.userId, new Date(Date.now() - pastMs), maxMeetings)
    const meetings = (await meetingsToShow(services, ids)).toSorted((a, b) => (a.id < b.id ? 1 : -1))
    const text = toIcs(meetings.slice(0, countFitting(meetings, weightOf, maxWeight)), {
      ...{ method: 'publish', organizerEmail: senderEmail, name: 'Meetings' },
    })
    return reply
      .headers({ 'cache-control': 'private, max-age=300', 'x-robots-tag': 'noindex' })
      .type('text/calendar; charset=utf-8')
      .send(text)
  })
}
