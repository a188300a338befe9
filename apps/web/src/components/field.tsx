import { AntiphonError } from '@antiphon/client'
import { type InputHTMLAttributes, useId } from 'react'
import { errorText, texts } from '../texts.ts'

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly problem?: string | undefined
}

/** A labelled input with room for what is wrong with it. */
export function Field({ label, hint, problem, ...input }: FieldProps) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {hint && <small>{hint}</small>}
      </label>
      <input {...input} id={id} aria-invalid={problem !== undefined} aria-describedby={`${id}-problem`} />
      <p id={`${id}-problem`} className="problem roomy">
        {problem}
      </p>
    </div>
  )
}

/** What is wrong with a form: at its fields where the error names one that it has, else above all of them. */
export interface FormProblems {
  readonly form?: string
  readonly fields: Readonly<Record<string, string>>
}

const fieldsOfCodes: Readonly<Record<string, string>> = { USER_NAME_TAKEN: 'userName', EMAIL_TAKEN: 'email' }

export function problemsOf(error: unknown, names: readonly string[]): FormProblems {
  const named = error instanceof AntiphonError ? [...error.fields] : []
  const field = error instanceof AntiphonError ? fieldsOfCodes[error.code] : undefined
  if (field !== undefined) named.unshift({ path: field, message: errorText(error) })
  const fields: Record<string, string> = {}
  for (const { path, message } of named) if (names.includes(path)) fields[path] ??= message
  return Object.keys(fields).length > 0 ? { fields } : { form: errorText(error) || texts.retry, fields }
}
