import { z } from 'zod'
import { text } from '../../text.ts'
import { code, deviceName, email, newPassword } from '../schema.ts'

const token = text({ min: 1, max: 200 }).describe('The token from the fragment of the link.')

export const requestPasswordResetInput = z.object({ email })

export const resetPasswordInput = z.object({ token, password: newPassword, code: code.optional(), deviceName })

export const verifyEmailInput = z.object({ token })
