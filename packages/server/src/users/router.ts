import { z } from 'zod'
import { ApiError } from '../errors.ts'
import { once } from '../idempotency.ts'
import { newId, type UserId } from '../ids.ts'
import { decodeCursor, toPage } from '../page.ts'
import { text } from '../text.ts'
import { anyone, router, signedIn } from '../trpc.ts'
import { addDevice, removeDevice } from './devices.ts'
import { normalise } from './names.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { getInput, listInput, signedInUser, signInInput, signUpInput, user, userPage } from './schema.ts'
import { findCredentials, findUser, insertUser, listUsers } from './store.ts'

/** What others see of a user: everything but the e-mail address. */
function asSeenBy<Row extends { id: UserId; email: string }>(viewerId: UserId, { email, ...row }: Row) {
  return row.id === viewerId ? { ...row, email } : row
}

export const usersRouter = router({
  signUp: anyone
    .meta({
      summary: 'Make an account and sign in on this device.',
      errors: ['EMAIL_TAKEN', 'USER_NAME_TAKEN', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(signUpInput)
    .output(signedInUser)
    .mutation(async ({ ctx, input }) => {
      const emailKey = normalise(input.email)
      const userNameKey = normalise(input.userName)
      const passwordHash = await hashPassword(input.password)
      const { firstName = '', lastName = '' } = input
      const account = { id: newId('user'), ...input, firstName, lastName, emailKey, userNameKey, passwordHash }
      const call = { auth: { kind: 'anyone' as const }, procedure: 'users.signUp', input }
      return once(ctx.db, call, async (tx) => {
        const created = await insertUser(tx, account)
        if (created === undefined) {
          const emailTaken = (await findUser(tx, { email: emailKey })) !== undefined
          throw emailTaken
            ? new ApiError('EMAIL_TAKEN', { field: 'email' })
            : new ApiError('USER_NAME_TAKEN', { field: 'userName' })
        }
        return { user: created, token: await addDevice(tx, created.id) }
      })
    }),

  signIn: anyone
    .meta({ summary: 'Sign in on this device by e-mail address or user name.', errors: ['WRONG_CREDENTIALS'] })
    .input(signInInput)
    .output(signedInUser)
    .mutation(async ({ ctx, input }) => {
      const found = await findCredentials(ctx.db, normalise(input.identifier))
      if (!(await verifyPassword(found?.passwordHash, input.password)) || found === undefined) {
        throw new ApiError('WRONG_CREDENTIALS')
      }
      return { user: found, token: await addDevice(ctx.db, found.id) }
    }),

  signOut: signedIn
    .meta({ summary: 'Sign out: the token of this call stops working.' })
    .output(z.void())
    .mutation(async ({ ctx }) => {
      if (ctx.auth.deviceId !== null) await removeDevice(ctx.db, ctx.auth.deviceId)
    }),

  me: signedIn
    .meta({ summary: 'Your own account.', errors: ['NOT_FOUND'] })
    .output(user)
    .query(async ({ ctx }) => {
      const found = await findUser(ctx.db, { userId: ctx.auth.userId })
      if (found === undefined) throw new ApiError('NOT_FOUND')
      return found
    }),

  get: signedIn
    .meta({ summary: 'One user, by id, user name or e-mail address.', errors: ['NOT_FOUND'] })
    .input(getInput)
    .output(user)
    .query(async ({ ctx, input }) => {
      const found = await findUser(ctx.db, {
        userId: 'userId' in input ? input.userId : undefined,
        userName: 'userName' in input ? normalise(input.userName) : undefined,
        email: 'email' in input ? normalise(input.email) : undefined,
      })
      if (found === undefined) throw new ApiError('NOT_FOUND')
      return asSeenBy(ctx.auth.userId, found)
    }),

  list: signedIn
    .meta({ summary: 'Users by user name, those that begin with a text where one is given.', errors: ['BAD_CURSOR'] })
    .input(listInput)
    .output(userPage)
    .query(async ({ ctx, input }) => {
      const [after] = decodeCursor(input.cursor, z.tuple([text({ max: 32 })])) ?? []
      const prefix = input.search && normalise(input.search)
      const rows = await listUsers(ctx.db, { prefix, after, limit: input.limit + 1 })
      const { items, nextCursor } = toPage(rows, input.limit, ({ userNameKey }) => [userNameKey])
      return { items: items.map((row) => asSeenBy(ctx.auth.userId, row)), nextCursor }
    }),
})
