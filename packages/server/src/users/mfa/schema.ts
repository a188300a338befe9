import { z } from 'zod'
import { text } from '../../text.ts'
import { code, newToken, password } from '../schema.ts'

export const enrollInput = z.object({
  password: password.optional().describe('Your password. Needed, unless the account has none.'),
})

export const enrollment = z
  .object({
    secret: z.string().max(100).describe('The secret in base32, for typing into an authenticator; shown this once.'),
    uri: z
      .string()
      .max(1000)
      .describe('The same as `otpauth://totp/...`, for a QR code. As secret as the secret itself.'),
  })
  .meta({ id: 'MfaEnrollment', description: 'What an authenticator needs to make codes for the account.' })

export const confirmInput = z.object({
  code: text({ min: 6, max: 40 }).describe('The six digits that the authenticator shows now.'),
})

export const codeInput = z.object({ code })

/** How many recovery codes are made at once. */
export const recoveryCodeCount = 10

const recoveryCodes = z
  .array(z.string().max(40))
  .max(recoveryCodeCount)
  .describe(
    'Ten codes to keep safe, for when the authenticator is lost: each works once in place of its digits. Shown this once.',
  )

export const confirmedMfa = newToken
  .extend({ recoveryCodes })
  .meta({ id: 'ConfirmedMfa', description: 'The recovery codes, and the token of this device from now on.' })

export const newRecoveryCodes = z
  .object({ recoveryCodes })
  .meta({ id: 'RecoveryCodes', description: 'New recovery codes. Those before stopped working.' })
