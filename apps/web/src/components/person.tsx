import type { Presence, UserId } from '@antiphon/client'
import type { ReactNode } from 'react'
import { nameOf, usePerson } from '../people.ts'
import { Avatar, Names, statusText } from './avatar.tsx'

interface PersonProps {
  readonly id: UserId
  readonly presence?: Presence | undefined
  /** Said in place of the user name. */
  readonly detail?: string | undefined
  /** What can be done, given what they are called. */
  readonly children: (name: string) => ReactNode
}

/** Somebody in a list. */
export function Person({ id, presence, detail, children }: PersonProps) {
  const user = usePerson(id)
  return (
    <div className="person">
      <Avatar name={nameOf(user)} id={id} url={user?.avatarUrl} presence={presence} />
      <Names user={user} detail={detail ?? (presence && statusText(presence))} />
      <span className="actions">{children(nameOf(user))}</span>
    </div>
  )
}
