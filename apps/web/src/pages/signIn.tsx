import { createClient } from '@antiphon/client'
import { type SyntheticEvent, useState } from 'react'
import { Field, type FormProblems, problemsOf } from '../components/field.tsx'
import { texts } from '../texts.ts'

const client = createClient({ url: location.origin })

type Kind = 'signIn' | 'signUp'

const fields = {
  signIn: [
    { name: 'identifier', label: texts.identifier, autoComplete: 'username', autoCapitalize: 'none' },
    { name: 'password', label: texts.password, type: 'password', autoComplete: 'current-password' },
  ],
  signUp: [
    { name: 'userName', label: texts.userName, autoComplete: 'username', autoCapitalize: 'none' },
    { name: 'email', label: texts.email, type: 'email', autoComplete: 'email' },
    { name: 'password', label: texts.password, type: 'password', autoComplete: 'new-password' },
    { name: 'firstName', label: texts.firstName, hint: texts.optional, autoComplete: 'given-name' },
    { name: 'lastName', label: texts.lastName, hint: texts.optional, autoComplete: 'family-name' },
  ],
} as const

export function SignIn({ onToken, notice }: { onToken: (token: string) => void; notice: string | undefined }) {
  const [kind, setKind] = useState<Kind>('signIn')
  return (
    <main className="sign-in">
      <h1>
        <img src="/favicon.svg" alt="" width="40" height="40" /> {texts.title}
      </h1>
      <p className="tagline">{texts.tagline}</p>
      {notice && (
        <p className="banner" role="status">
          {notice}
        </p>
      )}
      <SignInForm key={kind} kind={kind} onToken={onToken} />
      <button type="button" className="quiet" onClick={() => setKind(kind === 'signIn' ? 'signUp' : 'signIn')}>
        {kind === 'signIn' ? texts.toSignUp : texts.toSignIn}
      </button>
    </main>
  )
}

function SignInForm({ kind, onToken }: { kind: Kind; onToken: (token: string) => void }) {
  const [problems, setProblems] = useState<FormProblems>({ fields: {} })
  const [isBusy, setBusy] = useState(false)
  const submit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    setBusy(true)
    const answer = await call(kind, new FormData(form))
    setBusy(false)
    if (answer.ok) return onToken(answer.data.token)
    const next = problemsOf(
      answer.error,
      fields[kind].map(({ name }) => name),
    )
    setProblems(next)
    const first = form.elements.namedItem(Object.keys(next.fields)[0] ?? fields[kind][0].name)
    if (first instanceof HTMLElement) first.focus()
  }
  return (
    <form onSubmit={submit} noValidate aria-label={texts[kind]}>
      <p className="problem roomy" role="alert">
        {problems.form}
      </p>
      {fields[kind].map((field) => (
        <Field key={field.name} {...field} problem={problems.fields[field.name]} />
      ))}
      <button type="submit" disabled={isBusy}>
        {texts[kind]}
      </button>
    </form>
  )
}

function call(kind: Kind, data: FormData) {
  const value = (name: string) => String(data.get(name) ?? '')
  const password = value('password')
  if (kind === 'signIn') return client.users.signIn.safe({ identifier: value('identifier').trim(), password })
  const [userName, email] = [value('userName').trim(), value('email').trim()]
  return client.users.signUp.safe({
    userName,
    email,
    password,
    firstName: value('firstName').trim(),
    lastName: value('lastName').trim(),
  })
}
