import { type ComponentProps, type ReactNode, useState } from 'react'
import { texts } from '../texts.ts'

interface ActProps extends Omit<ComponentProps<'button'>, 'name'> {
  readonly name: ReactNode
  /** Whom it is about, for those who do not see where it stands. */
  readonly of?: string | undefined
}

/** Something that can be done. */
export function Act({ name, of, className = 'quiet', ...button }: ActProps) {
  return (
    <button type="button" className={className} aria-label={of && `${name}: ${of}`} {...button}>
      {name}
    </button>
  )
}

/** What went wrong, if anything did. */
export function Problem({ text }: { text: string | undefined }) {
  return (
    <p className="problem" role="alert">
      {text}
    </p>
  )
}

export function Copy({ text, name = texts.copy, of }: { text: string; name?: string; of?: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true))
  return <Act name={isCopied ? texts.copied : name} of={of} onClick={copy} />
}

/** An address that is shown this once. */
export function Secret({ url, label }: { url: string; label: string }) {
  return (
    <div role="status">
      <p className="hint">{label}</p>
      <code className="secret">{url}</code>
      <Copy text={url} />
    </div>
  )
}
