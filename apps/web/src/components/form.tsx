import { isAntiphonError } from '@antiphon/client'
import { type SyntheticEvent, useEffect, useRef, useState } from 'react'
import { Problem } from './act.tsx'
import { Field, type FieldProps, type FormProblems, problemsOf } from './field.tsx'
import { fields as allFields } from './fields.ts'

/** What the `safe` calls of the SDK end with. */
export type Answer<Data> = { readonly ok: true; readonly data: Data } | { readonly ok: false; readonly error: unknown }

/** What was typed, and the code of the second factor where one was asked for. */
export type Values<Name extends string> = Readonly<Record<Name, string>> & { readonly code: string | undefined }

/** The same of what throws. */
export function attempt<Data>(make: () => Promise<Data>): Promise<Answer<Data>> {
  return make().then(
    (data) => ({ ok: true, data }),
    (error: unknown) => ({ ok: false, error }),
  )
}

interface FormProps<Name extends string, Data> {
  /** What its button says. */
  readonly submit: string
  readonly fields: readonly (FieldProps & { readonly name: Name })[]
  readonly action: (values: Values<Name>) => Promise<Answer<Data>>
  readonly onDone?: (data: Data) => void
  /** Said when it is done. */
  readonly done?: string
  /** It is for more than one, and empty when one is done. */
  readonly isForMore?: boolean
}

const nothing: FormProblems = { fields: {} }

/** A form around one call. Where the call needs a code of the second factor, the form asks for it and calls again. */
export function Form<Name extends string, Data>({
  submit,
  fields,
  action,
  onDone,
  done,
  isForMore,
}: FormProps<Name, Data>) {
  const [problems, setProblems] = useState(nothing)
  const [state, setState] = useState<'idle' | 'busy' | 'done'>('idle')
  const [needsCode, setNeedsCode] = useState(false)
  const form = useRef<HTMLFormElement>(null)
  const shown: readonly FieldProps[] = needsCode ? [...fields, allFields.code] : fields
  useEffect(() => {
    if (problems === nothing) return
    const places = ['[aria-invalid=true]', '[name=code]', 'input']
    const found = places.map((place) => form.current?.querySelector<HTMLElement>(place))
    found.find((element) => element != null)?.focus()
  }, [problems])
  const onSubmit = async (event: SyntheticEvent<HTMLFormElement>) => {
    event.preventDefault()
    const element = event.currentTarget
    setState('busy')
    const answer = await action(valuesOf(element, shown))
    setState(answer.ok ? 'done' : 'idle')
    if (answer.ok) {
      if (isForMore) element.reset()
      for (const input of element.querySelectorAll('input')) if (isSecret(input)) input.value = ''
      setNeedsCode(false)
      setProblems(nothing)
      return onDone?.(answer.data)
    }
    const isCodeMissing = isAntiphonError(answer.error, 'MFA_REQUIRED')
    if (isCodeMissing) setNeedsCode(true)
    const names = shown.map(({ name }) => name)
    setProblems(isCodeMissing ? { fields: {} } : problemsOf(answer.error, names))
  }
  return (
    <form ref={form} onSubmit={onSubmit} noValidate aria-label={submit}>
      <Problem text={problems.form} />
      {shown.map((field) => (
        <Field key={field.name} {...field} problem={problems.fields[field.name]} />
      ))}
      <div className="actions">
        <button type="submit" disabled={state === 'busy'}>
          {submit}
        </button>
        <span className="hint" role="status">
          {state === 'done' && done}
        </span>
      </div>
    </form>
  )
}

function isSecret({ type, name }: HTMLInputElement): boolean {
  return type === 'password' || name === allFields.code.name
}

/** Everything without blanks around it, but passwords, which may have them. */
function valuesOf<Name extends string>(form: HTMLFormElement, fields: readonly FieldProps[]): Values<Name> {
  const data = new FormData(form)
  const entries = fields.map(({ name, type }) => {
    const value = String(data.get(name) ?? '')
    return [name, type === 'password' ? value : value.trim()]
  })
  return Object.fromEntries(entries)
}
