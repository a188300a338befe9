import type { Presence, UserId } from '@antiphon/client'
import type { ReactNode } from 'react'
import { nameOf, usePerson } from '../people.ts'
import { Avatar, Names, statusText } from './avatar.tsx'

interface PersonProps {
  /** Null for who is known by their e-mail address alone. */
  readonly id: UserId | null
  readonly email?: string | null | undefined
  readonly presence?: Presence | undefined
  /** Said in place of the user name. */
  readonly detail?: string | undefined
  /** What can be done, given what they are called. */
  readonly children?: (name: string) => ReactNode
}

/** Somebody in a list. */
export function Person({ id, email, presence, detail, children }: PersonProps) {
  const user = usePerson(id)
  const name = email ?? nameOf(user)
  return (
    <div className="person">
      <Avatar name={name} id={id ?? name} url={user?.avatarUrl} presence={presence} />
      {email == null ? (
        <Names user={user} detail={detail ?? (presence && statusText(presence))} />
      ) : (
        <span className="names">
          {email} <small>{detail}</small>
        </span>
      )}
      <span className="actions">{children?.(name)}</span>
    </div>
  )
}
