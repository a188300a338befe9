import { createClient } from '@antiphon/client'
import { useState } from 'react'
import { Form, type Values } from '../components/form.tsx'
import { Door } from '../components/page.tsx'
import { texts } from '../texts.ts'

const { users } = createClient({ url: location.origin, session: 'cookie' })

const email = { name: 'email', label: texts.email, type: 'email', autoComplete: 'email' } as const
const userName = { autoComplete: 'username', autoCapitalize: 'none', spellCheck: false } as const

const kinds = {
  signIn: {
    fields: [
      { name: 'identifier', label: texts.identifier, ...userName },
      { name: 'password', label: texts.password, type: 'password', autoComplete: 'current-password' },
    ],
    action: (values: Values<string>) => users.signIn.safe(values),
    others: ['forgot', 'signUp'],
  },
  signUp: {
    fields: [
      { name: 'userName', label: texts.userName, ...userName },
      email,
      { name: 'password', label: texts.password, type: 'password', autoComplete: 'new-password' },
      { name: 'firstName', label: texts.firstName, hint: texts.optional, autoComplete: 'given-name' },
      { name: 'lastName', label: texts.lastName, hint: texts.optional, autoComplete: 'family-name' },
    ],
  },
}
