import type { Presence, User } from '@antiphon/client'
import { nameOf } from '../people.ts'
import { texts } from '../texts.ts'

interface AvatarProps {
  readonly name: string
  readonly id: string
  /** A picture instead of the initials. */
  readonly url?: string | null | undefined
  /** Shown as a dot. */
  readonly presence?: Presence | undefined
}

/** The initials of a name on a colour of its own. */
export function Avatar({ name, id, url, presence }: AvatarProps) {
  const hue = [...id].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7)
  const words = name.split(/\s+/).filter(Boolean)
  const initials = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => [...(word ?? '')][0] ?? '')
  return (
    <span className="avatar" style={{ '--hue': hue } as React.CSSProperties} data-presence={presence?.status}>
      {url ? <img src={url} alt="" /> : <span aria-hidden="true">{initials.join('').toUpperCase()}</span>}
      {presence && <span className="hidden">{statusText(presence)}</span>}
    </span>
  )
}

/** A user's name over the user name, or over more of them. */
export function Names({ user, detail }: { user: User | undefined; detail?: string | undefined }) {
  const isThere = user !== undefined && user.removedAt === undefined
  return (
    <span className="names">
      {nameOf(user)} <small>{detail || (isThere && `@${user.userName}`)}</small>
    </span>
  )
}

const statuses: Readonly<Record<string, string>> = texts.statuses

/** Whether somebody is there, in words; theirs where they left any. */
export function statusText({ status, text }: Presence): string {
  return [statuses[status] ?? status, text].filter(Boolean).join(': ')
}
