import { z } from 'zod'
import { idempotencyKey, userId } from '../ids.ts'
import { pageInput, pageOf } from '../page.ts'
import { text } from '../text.ts'

const email = z.email().max(254).describe('E-mail address, up to 254 characters; unique without regard to case.')

const userName = z
  .string()
  .min(3)
  .max(32, { abort: true })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
    error: 'holds letters, digits, dots, dashes and underscores, and begins with a letter or digit',
  })
  .describe('User name, 3 to 32 letters, digits, dots, dashes and underscores; unique without regard to case.')

const personName = text({ max: 32 })

export const user = z
  .object({
    id: userId,
    userName,
    email: email.optional().describe('E-mail address; only in your own record.'),
    firstName: personName.describe('First name, up to 32 characters; empty where none was given.'),
    lastName: personName.describe('Last name, up to 32 characters; empty where none was given.'),
    createdAt: z.date().describe('When the account was made.'),
    modifiedAt: z.date().describe('When the account was last changed.'),
  })
  .meta({ id: 'User', description: 'A person with an account.' })

export const signUpInput = z.object({
  email,
  userName,
  password: text({ min: 8, max: 200 }).describe('Password, 8 to 200 characters.'),
  firstName: personName.optional().describe('First name, up to 32 characters.'),
  lastName: personName.optional().describe('Last name, up to 32 characters.'),
  idempotencyKey,
})

export const signInInput = z.object({
  identifier: text({ min: 1, max: 254 }).describe('E-mail address or user name.'),
  password: text({ min: 1, max: 200 }).describe('Password.'),
})

export const signedInUser = z
  .object({
    user,
    token: z.string().max(200).describe('Bearer token of this device; shown this once. Keep it secret.'),
  })
  .meta({ id: 'SignedIn', description: 'An account and the token of the device that just signed in.' })

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
