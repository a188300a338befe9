import type { ReactNode } from 'react'
import type { List } from '../loaded.ts'
import { texts } from '../texts.ts'
import { Act, Problem } from './act.tsx'
import { Notice } from './notice.tsx'

interface ListedProps<Item> {
  readonly list: List<Item>
  /** Said where there is nothing. */
  readonly empty: string
  /** Shows one, with its key. */
  readonly children: (item: Item) => ReactNode
}

/** A list as it comes from the server. */
export function Listed<Item>({ list: { data, problem, reload, showMore }, empty, children }: ListedProps<Item>) {
  if (data === undefined) return <Notice problem={problem} onRetry={reload} />
  return (
    <>
      <Problem text={problem} />
      {data.length === 0 ? <p className="hint">{empty}</p> : <ul>{data.map(children)}</ul>}
      {showMore && <Act name={texts.showMore} onClick={showMore} />}
    </>
  )
}

interface EntryProps {
  readonly name: ReactNode
  readonly detail?: ReactNode
  /** Where it leads. */
  readonly href?: string
  /** What can be done. */
  readonly children?: ReactNode
}

/** Something in a list. */
export function Entry({ name, detail, href, children }: EntryProps) {
  const names = (
    <span className="names">
      {name} <small>{detail}</small>
    </span>
  )
  return (
    <li className={href === undefined ? 'person' : undefined}>
      {href === undefined ? (
        names
      ) : (
        <a className="person" href={href}>
          {names}
        </a>
      )}
      {children}
    </li>
  )
}
