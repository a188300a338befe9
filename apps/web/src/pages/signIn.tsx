import { createClient } from '@antiphon/client'
import { useState } from 'react'
import { Form } from '../components/form.tsx'
import { Door } from '../components/page.tsx'
import { texts } from '../texts.ts'

const { users } = createClient({ url: location.origin, session: 'cookie' })

const forms = { signIn: SignInForm, signUp: SignUpForm, forgot: ForgotForm }
type Kind = keyof typeof forms

const others: Readonly<Record<Kind, readonly Kind[]>> = {
  signIn: ['forgot', 'signUp'],
  signUp: ['signIn'],
  forgot: ['signIn'],
}

interface FormProps {
  readonly onSignedIn: () => void
}

export function SignIn({ onSignedIn, notice }: FormProps & { notice: string | undefined }) {
  const [kind, setKind] = useState<Kind>('signIn')
  const KindForm = forms[kind]
  return (
    <Door>
      {notice && (
        <p className="banner" role="status">
          {notice}
        </p>
      )}
      <KindForm onSignedIn={onSignedIn} />
      {others[kind].map((other) => (
        <button key={other} type="button" className="quiet" onClick={() => setKind(other)}>
          {texts.toForm[other]}
        </button>
      ))}
    </Door>
  )
}

const name = { autoComplete: 'username', autoCapitalize: 'none', spellCheck: false } as const
const email = { name: 'email', label: texts.email, type: 'email', autoComplete: 'email' } as const

function SignInForm({ onSignedIn }: FormProps) {
  return (
    <Form
      submit={texts.signIn}
      fields={[
        { name: 'identifier', label: texts.identifier, ...name },
        { name: 'password', label: texts.password, type: 'password', autoComplete: 'current-password' },
      ]}
      action={(values) => users.signIn.safe(values)}
      onDone={onSignedIn}
    />
  )
}

function SignUpForm({ onSignedIn }: FormProps) {
  return (
    <Form
      submit={texts.signUp}
      fields={[
        { name: 'userName', label: texts.userName, ...name },
        email,
        { name: 'password', label: texts.password, type: 'password', autoComplete: 'new-password' },
        { name: 'firstName', label: texts.firstName, hint: texts.optional, autoComplete: 'given-name' },
        { name: 'lastName', label: texts.lastName, hint: texts.optional, autoComplete: 'family-name' },
      ]}
      action={({ code: _, ...account }) => users.signUp.safe(account)}
      onDone={onSignedIn}
    />
  )
}

/** The same words whether the address is known or not. */
function ForgotForm() {
  return (
    <Form
      submit={texts.sendLink}
      fields={[email]}
      action={(values) => users.requestPasswordReset.safe({ email: values.email })}
      done={texts.linkSent}
    />
  )
}
