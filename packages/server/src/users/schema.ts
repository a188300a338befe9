import { z } from 'zod'
import { idempotencyKey, userId } from '../ids.ts'
import { pageInput, pageOf } from '../page.ts'
import { text } from '../text.ts'
import { avatarUrl, newAvatar } from '../uploads/schema.ts'

/** What a user may be besides a user. */
export const roles = ['admin', 'royalties', 'support'] as const

export type Role = (typeof roles)[number]

/** The roles in a row of the database; what this version does not know grants nothing. */
export const roleNames = z
  .array(z.string())
  .nullable()
  .transform((names) => roles.filter((name) => names?.includes(name)))

export const role = z.enum(roles).meta({
  id: 'Role',
  description:
    '`admin`: manages users, roles and services, reads the audit log. `royalties`: keeps the accounts. `support`: reads what ' +
    'administrators read of users and the audit log, and changes nothing.',
  open: true,
})

export const email = z.email().max(254).describe('E-mail address, up to 254 characters; unique without regard to case.')

export const userName = z
  .string()
  .min(3)
  .max(32, { abort: true })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
    error: 'holds letters, digits, dots, dashes and underscores, and begins with a letter or digit',
  })
  .describe('User name, 3 to 32 letters, digits, dots, dashes and underscores; unique without regard to case.')

const personName = text({ max: 32 })
const firstName = personName.describe('First name, up to 32 characters.')
const lastName = personName.describe('Last name, up to 32 characters.')

/** A password that is to be set. */
export const newPassword = text({ min: 8, max: 200 }).describe('Password, 8 to 200 characters.')

/** A password that is to be compared. */
export const password = text({ min: 1, max: 200 })

/** A code of the second factor. */
export const code = text({ min: 6, max: 40 }).describe(
  'A code of the second factor, where one is on: six digits from the authenticator, or one of the recovery codes. It works once.',
)

export const user = z
  .object({
    id: userId,
    userName,
    email: email.optional().describe('E-mail address; only for yourself and those who manage users.'),
    emailVerified: z.boolean().optional().describe('Whether the address was proven; where `email` is.'),
    firstName: personName.describe('First name, up to 32 characters; empty where none was given.'),
    lastName: personName.describe('Last name, up to 32 characters; empty where none was given.'),
    avatarUrl,
    mfa: z.boolean().optional().describe('Whether signing in asks for a second factor; where `email` would be.'),
    roles: z.array(role).max(20).optional().describe('What the user may be besides a user; where `email` would be.'),
    createdAt: z.date().describe('When the account was made.'),
    modifiedAt: z.date().describe('When the account was last changed.'),
    removedAt: z.date().optional().describe('When the account was removed: the rest of this is a placeholder then.'),
  })
  .meta({ id: 'User', description: 'A person with an account, or who had one.' })

export const deviceName = text({ min: 1, max: 100 })
  .optional()
  .describe('What to call this device in the list of devices; left out, the program and system it tells of.')

export const signUpInput = z.object({
  email,
  userName,
  password: newPassword,
  firstName: firstName.optional(),
  lastName: lastName.optional(),
  deviceName,
  idempotencyKey,
})

export const signInInput = z.object({
  identifier: text({ min: 1, max: 254 }).describe('E-mail address or user name.'),
  password: password.describe('Password.'),
  code: code.optional(),
  deviceName,
})

const token = z
  .string()
  .max(200)
  .describe(
    'Bearer token of this device; shown this once. Keep it secret. Empty where the browser got it as a cookie instead ' +
      '(header `Antiphon-Session: cookie`).',
  )

export const signedInUser = z
  .object({ user, token })
  .meta({ id: 'SignedIn', description: 'An account and the token of the device that just signed in.' })

export const newToken = z
  .object({ token })
  .meta({ id: 'NewToken', description: 'The token of this device from now on; the one before stopped working.' })

export const changePasswordInput = z.object({
  currentPassword: password.describe('The password so far.'),
  password: newPassword,
  code: code.optional(),
})

export const getInput = z.union(
  [
    z.strictObject({ userId }),
    z.strictObject({ userName: text({ min: 1, max: 32 }).describe('User name, in any case.') }),
    z.strictObject({ email: text({ min: 1, max: 254 }).describe('Full e-mail address, in any case.') }),
  ],
  { error: 'Give exactly one of userId, userName and email.' },
)

export const listInput = z.object({
  search: text({ min: 1, max: 32 }).optional().describe('Only users whose user name begins with this, in any case.'),
  ...pageInput,
})

export const userPage = pageOf(user)

export const createInput = z.object({
  email: email.optional(),
  userName,
  firstName: firstName.optional(),
  lastName: lastName.optional(),
  invite: z
    .boolean()
    .default(false)
    .describe('Send a mail with a link to set a password, good for seven days. Needs `email`.'),
  idempotencyKey,
})

export const updateInput = z.object({
  userName: userName.optional(),
  firstName: firstName.optional(),
  lastName: lastName.optional(),
  avatar: newAvatar,
  email: email.optional().describe('A new e-mail address. A mail to it asks to verify it, one to the old tells of it.'),
  password: password.optional().describe('Your password: needed to change the e-mail address.'),
  code: code.optional(),
})

export const removeInput = z.object({
  userId: userId.optional().describe('Whom to remove, for administrators and services. Left out: yourself.'),
  password: password.optional().describe('Your password, where you remove yourself and have one.'),
  code: code.optional(),
})

export const setRolesInput = z.object({
  userId,
  roles: z.array(role).max(10).describe('All roles that the user shall have.'),
  code: code.optional(),
})
