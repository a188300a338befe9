import { type ReactNode, useEffect, useId, useState } from 'react'
import { links } from '../route.ts'
import { texts } from '../texts.ts'

/** A page beside the list of conversations. */
export function Page({ title, back = links.home, children }: { title: string; back?: string; children: ReactNode }) {
  const id = useId()
  useEffect(() => {
    document.title = `${title} · ${texts.title}`
    return () => {
      document.title = texts.title
    }
  }, [title])
  return (
    <section aria-labelledby={id}>
      <header>
        <a className="back" href={back} aria-label={texts.back}>
          ←
        </a>
        <h2 id={id}>{title}</h2>
      </header>
      <div className="scroll page">{children}</div>
    </section>
  )
}

/** A part of a page that unfolds; what is in it is loaded then. */
export function Section({ title, isOpen = false, children }: { title: string; isOpen?: boolean; children: ReactNode }) {
  const [wasOpen, setWasOpen] = useState(isOpen)
  return (
    <details open={isOpen} onToggle={() => setWasOpen(true)}>
      <summary>{title}</summary>
      {wasOpen && children}
    </details>
  )
}

/** A page of its own, for those who are not signed in. */
export function Door({ title, children }: { title?: string; children: ReactNode }) {
  return (
    <main className="door">
      <h1>
        <img src="/favicon.svg" alt="" width="40" height="40" /> {texts.title}
      </h1>
      {title === undefined ? <p className="tagline">{texts.tagline}</p> : <h2>{title}</h2>}
      {children}
    </main>
  )
}
