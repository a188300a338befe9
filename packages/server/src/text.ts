import { z } from 'zod'
import type { ErrorCode } from './errors.ts'

interface TextOptions {
  min?: number
  max: number
  /** The error codes to answer with instead of INVALID_INPUT. */
  tooShort?: ErrorCode
  tooLong?: ErrorCode
  /** Whether something has to be seen: more than blanks, invisible and control characters. */
  visible?: boolean
  /** Whether it is one line. */
  line?: boolean
}

/** Text of bounded length in Unicode code points, without NUL and lone surrogates. */
export function text({ min = 0, max, tooShort, tooLong, visible = false, line = false }: TextOptions) {
  return z
    .string()
    .check((check) => {
      const { value } = check
      const length = value.length > 2 * max ? Number.POSITIVE_INFINITY : codePoints(value)
      const refuse = (message: string, code: ErrorCode | undefined) => {
        check.issues.push({ code: 'custom', input: value, message, continue: false, ...(code && { params: { code } }) })
      }
      if (length > max) refuse(`has at most ${max.toLocaleString('en')} characters`, tooLong)
      else if (length < min) refuse(min === 1 ? 'must not be empty' : `has at least ${min} characters`, tooShort)
      else if (value.includes('\0')) refuse('must not hold NUL characters', undefined)
      else if (!value.isWellFormed()) refuse('is not well-formed Unicode', undefined)
      else if (line && /[\n\v\f\r\u0085\u2028\u2029]/.test(value)) refuse('is one line', undefined)
      else if (visible && !/[^\p{C}\p{Z}\u115f\u1160\u3164]/u.test(value)) refuse('must not be blank', tooShort)
    })
    .meta({ minLength: min, maxLength: max })
}

/** The number of Unicode code points of a text. */
export function codePoints(value: string): number {
  let count = 0
  for (const _ of value) count++
  return count
}
