import { eventsRouter } from './events/router.ts'
import { meetingsRouter } from './meetings/router.ts'
import { messagesRouter } from './messages/router.ts'
import { royaltiesRouter } from './royalties/router.ts'
import { sessionsRouter } from './sessions/router.ts'
import { router } from './trpc.ts'
import { uploadsRouter } from './uploads/router.ts'
import { usersRouter } from './users/router.ts'
import { serverVersion } from './version.ts'

export { errorCodes } from './errors.ts'

/** The version of the contract: that of the server. */
export const version = serverVersion()

/** Every procedure of Antiphon, by domain. */
export const appRouter = router({
  users: usersRouter,
  meetings: meetingsRouter,
  messages: messagesRouter,
  sessions: sessionsRouter,
  royalties: royaltiesRouter,
  uploads: uploadsRouter,
  events: eventsRouter,
})

export type AppRouter = typeof appRouter
