import { AntiphonError } from '@antiphon/client'
import { type InputHTMLAttributes, useId } from 'react'
import { errorText, hasText, texts } from '../texts.ts'

export interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly problem?: string | undefined
  /** Makes it a choice of these: values and what they are called. */
  readonly options?: readonly (readonly [value: string, name: string])[]
}

/** A labelled input with room for what is wrong with it. */
export function Field({ label, hint, problem, options, ...input }: FieldProps) {
  const id = useId()
  const all = { id, 'aria-invalid': problem !== undefined, 'aria-describedby': `${id}-problem` }
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {hint && <small>{hint}</small>}
      </label>
      {options === undefined ? (
        <input {...input} {...all} />
      ) : (
        <select name={input.name} defaultValue={input.defaultValue} {...all}>
          {options.map(([value, name]) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </select>
      )}
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

export function problemsOf(error: unknown, names: readonly string[]): FormProblems {
  const named = error instanceof AntiphonError ? error.fields : []
  const fields: Record<string, string> = {}
  for (const { path, message } of named) {
    const [name = ''] = path.split('.')
    if (names.includes(name)) fields[name] ??= hasText(error) ? errorText(error) : message
  }
  return Object.keys(fields).length > 0 ? { fields } : { form: errorText(error) || texts.retry, fields }
}
