import pg from 'pg'
import { z } from 'zod'
import { all, type CallerAuth, isAllowed, requireAccess } from '../access.ts'
import { requireStanding } from '../auth/standing.ts'
import { ApiError } from '../errors.ts'
import { once } from '../idempotency.ts'
import { newId } from '../ids.ts'
import { enqueue } from '../jobs/enqueue.ts'
import { decodeCursor, toPage } from '../page.ts'
import { text } from '../text.ts'
import { caller, inPerson, requirePerson, router, signedIn } from '../trpc.ts'
import { chooseAvatar } from '../uploads/avatars/choose.ts'
import { mediaPath } from '../uploads/schema.ts'
import { apiKeysRouter } from './apiKeys/router.ts'
import { deleteKeysOfOwner } from './apiKeys/store.ts'
import { audit } from './audit/record.ts'
import { auditRouter } from './audit/router.ts'
import { blocksRouter } from './blocks/router.ts'
import { devicesRouter } from './devices/router.ts'
import { deleteDevicesOf } from './devices/store.ts'
import { eraseUser } from './erasure/erase.ts'
import { exportProcedure } from './export/router.ts'
import { friendsRouter } from './friends/router.ts'
import { lockAdmins, lockUser } from './locks.ts'
import { mailProcedures } from './mail/router.ts'
import { removeMailTokens } from './mail/store.ts'
import { mayVerify } from './mail/verification.ts'
import { mfaRouter } from './mfa/router.ts'
import { isReserved, normalise } from './names.ts'
import { presenceRouter } from './presence/router.ts'
import { createInput, getInput, listInput, removeInput, setRolesInput, updateInput, user, userPage } from './schema.ts'
import { requireProof } from './session/proof.ts'
import { sessionProcedures } from './session/router.ts'
import { findUser, insertUser, isBlockedEitherWay, listUsers, type UserRecord, updateUser } from './store.ts'

export const usersRouter = router({
  ...sessionProcedures,
  ...mailProcedures,
  export: exportProcedure,

  me: signedIn
    .meta({ summary: 'Your own account.' })
    .output(user)
    .query(async ({ ctx }) => found(await findUser(ctx.db, { userId: ctx.auth.userId }))),

  get: caller
    .meta({
      summary: 'One user, by id, user name or e-mail address.',
      description: 'By id also a user whose account was removed: with `removedAt`, and nothing of the person.',
      errors: ['NOT_FOUND'],
    })
    .input(getInput)
    .output(user)
    .query(async ({ ctx, input }) => {
      const one = found(
        await findUser(ctx.db, {
          userId: 'userId' in input ? input.userId : undefined,
          userName: 'userName' in input ? normalise(input.userName) : undefined,
          email: 'email' in input ? normalise(input.email) : undefined,
        }),
      )
      await requireAccess(ctx.db, ctx.auth, 'user.read', [one.id])
      if (!('userId' in input) && ctx.auth.kind === 'user') {
        if (await isBlockedEitherWay(ctx.db, ctx.auth.userId, one.id)) throw new ApiError('NOT_FOUND')
      }
      return asSeenBy(ctx.auth, one, await isAllowed(ctx.db, ctx.auth, 'user.readPrivate', [one.id]))
    }),

  list: caller
    .meta({ summary: 'Users by user name, those that begin with a text where one is given.', errors: ['BAD_CURSOR'] })
    .input(listInput)
    .output(userPage)
    .query(async ({ ctx, input }) => {
      const [after] = decodeCursor(input.cursor, z.tuple([text({ max: 32 })])) ?? []
      const prefix = input.search && normalise(input.search)
      const viewerId = ctx.auth.kind === 'user' ? ctx.auth.userId : null
      const rows = await listUsers(ctx.db, viewerId, { prefix, after, limit: input.limit + 1 })
      const { items, nextCursor } = toPage(rows, input.limit, ({ userNameKey }) => [userNameKey])
      const ids = items.map((row) => row.user.id)
      const isPrivy = await isAllowed(ctx.db, ctx.auth, 'user.readPrivate', ids)
      return { items: items.map((row) => asSeenBy(ctx.auth, row.user, isPrivy)), nextCursor }
    }),

  create: caller
    .meta({
      summary: 'Make an account for somebody else, without a password. For administrators and services.',
      description: 'With `invite` a mail brings a link to set a password.',
      errors: ['EMAIL_TAKEN', 'USER_NAME_TAKEN', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(user)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'user.create', [all])
      if (input.invite && input.email === undefined) {
        throw new ApiError('INVALID_INPUT', { field: 'email', message: 'is needed for an invitation' })
      }
      return once(ctx.db, { auth: ctx.auth, procedure: 'users.create', input }, async (tx) => {
        const { email = null, firstName = '', lastName = '', userName } = input
        const userNameKey = normalise(userName)
        const emailKey = email && normalise(email)
        const names = { userName, userNameKey, email, emailKey, firstName, lastName, passwordHash: null }
        const made = isReserved(userNameKey) ? undefined : await insertUser(tx, { id: newId('user'), ...names })
        if (made === undefined) {
          const emailTaken = emailKey !== null && (await findUser(tx, { email: emailKey })) !== undefined
          throw emailTaken ? taken('email') : taken('userName')
        }
        await audit(tx, ctx, { action: 'users.create', target: made.id })
        if (input.invite) await enqueue(tx, 'users.mailInvitation', { userId: made.id })
        return made
      })
    }),

  update: signedIn
    .meta({
      summary: 'Change your names, avatar or e-mail address.',
      description: 'A new address needs your password (and code), and is unverified until its mail was answered.',
      errors: [
        ...(['EMAIL_TAKEN', 'USER_NAME_TAKEN', 'WRONG_PASSWORD', 'MFA_REQUIRED', 'WRONG_CODE'] as const),
        ...(['UPLOAD_UNKNOWN', 'UPLOAD_INCOMPLETE', 'AVATAR_UNFIT'] as const),
      ],
      idempotent: true,
    })
    .input(updateInput)
    .output(user)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      const { firstName, lastName, userName, email, avatar } = input
      const [userNameKey, emailKey] = [userName && normalise(userName), email && normalise(email)]
      if (userNameKey !== undefined && isReserved(userNameKey)) throw taken('userName')
      const before = found(await findUser(ctx.db, { userId }))
      const isMoved = emailKey !== undefined && (before.email === undefined || normalise(before.email) !== emailKey)
      if (isMoved) {
        requirePerson(ctx.auth)
        await requireProof(ctx, ctx.auth, input, { passwordField: 'password' })
      }
      const mayMail = isMoved && (await mayVerify(ctx, emailKey, ctx.address))
      const change = { firstName, lastName, userName, userNameKey, email, emailKey }
      return ctx.db
        .transaction()
        .execute(async (tx) => {
          const avatarUrl = avatar && `${mediaPath}/${avatar}`
          if (avatar !== undefined && avatarUrl !== before.avatarUrl) {
            found((await lockUser(tx, userId)) || undefined)
            await chooseAvatar(tx, { table: 'users', id: userId }, userId, avatar)
          }
          if (!isMoved) return found(await updateUser(tx, userId, change))
          const changed = found(await updateUser(tx, userId, { ...change, emailVerifiedAt: null }))
          await removeMailTokens(tx, userId)
          if (mayMail) await enqueue(tx, 'users.mailVerification', { userId })
          if (before.emailVerified) await enqueue(tx, 'users.mailAddressChanged', { userId, to: before.email ?? '' })
          await audit(tx, ctx, { action: 'users.update.email', target: userId })
          return changed
        })
        .catch((error: unknown) => {
          throw takenBy(error) ?? error
        })
    }),

  remove: caller
    .meta({
      summary: 'Remove an account: your own, or another for administrators and services.',
      description: 'What becomes of what the person made is told in the guide on users. This cannot be taken back.',
      errors: ['NOT_FOUND', 'WRONG_PASSWORD', 'MFA_REQUIRED', 'WRONG_CODE', 'LAST_ADMIN'],
    })
    .input(removeInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      const { auth } = ctx
      const own = auth.kind === 'user' && (input.userId === undefined || input.userId === auth.userId)
      const userId = own ? requirePerson(auth).userId : input.userId
      if (userId === undefined) throw new ApiError('INVALID_INPUT', { field: 'userId', message: 'says whom to remove' })
      if (!own) await requireAccess(ctx.db, auth, 'user.remove', [userId])
      if (auth.kind === 'user' && auth.key === null) {
        await requireProof(ctx, auth, input, own ? { passwordField: 'password' } : {})
      }
      await ctx.db.transaction().execute(async (tx) => {
        const admins = await lockAdmins(tx)
        await requireStanding(tx, auth)
        if (admins.length === 1 && admins[0] === userId) throw new ApiError('LAST_ADMIN')
        await audit(tx, ctx, { action: 'users.remove', target: userId })
        if (!(await eraseUser(tx, userId))) throw new ApiError('NOT_FOUND')
      })
      if (own) ctx.dropToken()
    }),

  setRoles: inPerson
    .meta({
      summary: 'Set what a user may be besides a user. For administrators.',
      description: 'A change signs the user out everywhere and revokes their keys, your own included.',
      errors: ['NOT_FOUND', 'LAST_ADMIN', 'MFA_REQUIRED', 'WRONG_CODE'],
      idempotent: true,
    })
    .input(setRolesInput)
    .output(user)
    .mutation(async ({ ctx, input }) => {
      const { userId } = input
      await requireAccess(ctx.db, ctx.auth, 'user.setRoles', [userId])
      await requireProof(ctx, ctx.auth, input)
      const wanted = [...new Set(input.roles)].sort()
      return ctx.db.transaction().execute(async (tx) => {
        const admins = await lockAdmins(tx)
        await requireStanding(tx, ctx.auth)
        const before = found(await findUser(tx, { userId }))
        if (before.removedAt !== undefined) throw new ApiError('NOT_FOUND')
        if (before.roles.toSorted().join() === wanted.join()) return before
        if (admins.length === 1 && admins[0] === userId && !wanted.includes('admin')) throw new ApiError('LAST_ADMIN')
        const changed = found(await updateUser(tx, userId, { roles: wanted }))
        await deleteDevicesOf(tx, userId)
        await deleteKeysOfOwner(tx, userId)
        const details = { from: before.roles.join(' '), to: wanted.join(' ') }
        await audit(tx, ctx, { action: 'users.setRoles', target: userId, details })
        return changed
      })
    }),

  devices: devicesRouter,
  mfa: mfaRouter,
  apiKeys: apiKeysRouter,
  friends: friendsRouter,
  blocks: blocksRouter,
  presence: presenceRouter,
  audit: auditRouter,
})

/** Others see neither e-mail address, roles nor second factor, unless they manage users. */
function asSeenBy(auth: CallerAuth, { email, emailVerified, roles, mfa, ...row }: UserRecord, isPrivy: boolean) {
  if (!isPrivy && !(auth.kind === 'user' && auth.userId === row.id)) return row
  return { ...row, roles, mfa, ...(email !== undefined && { email, emailVerified }) }
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}

function taken(field: 'email' | 'userName'): ApiError {
  return new ApiError(field === 'email' ? 'EMAIL_TAKEN' : 'USER_NAME_TAKEN', { field })
}

function takenBy(error: unknown): ApiError | undefined {
  if (!(error instanceof pg.DatabaseError)) return undefined
  if (error.constraint === 'users_email_unique') return taken('email')
  return error.constraint === 'users_user_name_unique' ? taken('userName') : undefined
}
