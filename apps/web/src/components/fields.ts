import { texts } from '../texts.ts'

const name = { autoComplete: 'username', autoCapitalize: 'none', spellCheck: false }

/** The fields that forms ask for, so that browsers and password managers know what belongs in them. */
export const fields = {
  identifier: { ...name, name: 'identifier', label: texts.identifier },
  userName: { ...name, name: 'userName', label: texts.userName },
  email: { name: 'email', label: texts.email, type: 'email', autoComplete: 'email' },
  firstName: { name: 'firstName', label: texts.firstName, hint: texts.optional, autoComplete: 'given-name' },
  lastName: { name: 'lastName', label: texts.lastName, hint: texts.optional, autoComplete: 'family-name' },
  password: { name: 'password', label: texts.password, type: 'password', autoComplete: 'current-password' },
  newPassword: { name: 'password', label: texts.newPassword, type: 'password', autoComplete: 'new-password' },
  code: {
    name: 'code',
    label: texts.code,
    hint: texts.codeHint,
    autoComplete: 'one-time-code',
    autoCapitalize: 'none',
    spellCheck: false,
  },
} as const
