import { messagesRouter } from './messages/router.ts'
import { router } from './trpc.ts'
import { usersRouter } from './users/router.ts'

export { errorCodes } from './errors.ts'

/** Every procedure of Antiphon, by domain. */
export const appRouter = router({
  users: usersRouter,
  messages: messagesRouter,
})

export type AppRouter = typeof appRouter
