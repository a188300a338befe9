import { createClient } from '@antiphon/client'
import { useState } from 'react'
import { Act } from '../../components/act.tsx'
import { fields } from '../../components/fields.ts'
import { Form } from '../../components/form.tsx'
import { Door } from '../../components/page.tsx'
import { texts } from '../../texts.ts'

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
        <Act name={texts.toForm[other]} key={other} onClick={() => setKind(other)} />
      ))}
    </Door>
  )
}

function SignInForm({ onSignedIn }: FormProps) {
  return (
    <Form
      submit={texts.signIn}
      fields={[fields.identifier, fields.password]}
      action={(values) => users.signIn.safe(values)}
      onDone={onSignedIn}
    />
  )
}

function SignUpForm({ onSignedIn }: FormProps) {
  const { userName, email, newPassword, firstName, lastName } = fields
  return (
    <Form
      submit={texts.signUp}
      fields={[userName, email, { ...newPassword, label: texts.password }, firstName, lastName]}
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
      fields={[fields.email]}
      action={({ email }) => users.requestPasswordReset.safe({ email })}
      done={texts.linkSent}
    />
  )
}
