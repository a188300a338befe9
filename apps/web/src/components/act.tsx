import type { ComponentProps, ReactNode } from 'react'

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
