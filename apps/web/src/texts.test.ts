import { AntiphonError } from '@antiphon/client'
import { expect, test } from 'vitest'
import { problemsOf } from './components/field.tsx'
import { errorText } from './texts.ts'

const refusal = (code: string, details = {}) => new AntiphonError({ code, status: 400, message: 'As is.', ...details })

test('errors are told in words of ours where there are any; limits with the wait', () => {
  expect(errorText(refusal('SOMETHING_NEW'))).toBe('As is.')
  expect(errorText(refusal('BLOCKED'))).toMatch(/unblock/)
  const wait = (retryAfterMs?: number) => errorText(refusal('RATE_LIMITED', { retryAfterMs }))
  expect(wait(14_200)).toBe('Too many tries. Please wait 15 seconds.')
  expect(wait(3_540_001)).toBe('Too many tries. Please wait 60 minutes.')
  expect(wait()).toMatch(/60 seconds/)
  expect(errorText(refusal('INTERNAL', { requestId: 'req_1' }))).toBe('As is. (req_1)')
})

test('problems stand at the fields that a form has, else above it', () => {
  const fields = [{ path: 'code', message: 'No.' }]
  expect(problemsOf(refusal('INVALID_INPUT', { fields }), ['code'])).toEqual({ fields: { code: 'No.' } })
  expect(problemsOf(refusal('WRONG_CODE', { fields }), ['code']).fields.code).toMatch(/code is not right/)
  expect(problemsOf(refusal('INVALID_INPUT', { fields }), ['name'])).toEqual({ form: 'As is.', fields: {} })
})
