import { type AntiphonClient, isUserId, type User, type UserId } from '@antiphon/client'
import { useEffect, useSyncExternalStore } from 'react'
import { useSession } from './session.tsx'
import { texts } from './texts.ts'

export interface People {
  readonly subscribe: (listener: () => void) => () => void
  readonly known: (id: UserId) => User | undefined
  readonly load: (id: UserId) => Promise<void>
  readonly add: (user: User) => void
}

const againMs = 5_000

/** People by id, each asked for once; the SDK puts calls of one moment into one request. */
export function createPeople(client: AntiphonClient): People {
  const users = new Map<UserId, User>()
  const asked = new Set<UserId>()
  const listeners = new Set<() => void>()
  const add = (user: User) => {
    users.set(user.id, user)
    for (const listener of listeners) listener()
  }
  const load = async (id: UserId) => {
    if (users.has(id) || asked.has(id)) return
    asked.add(id)
    const found = await client.users.get.safe({ userId: id })
    if (found.ok) return add(found.data)
    if (found.error.status >= 400 && found.error.status < 500) return
    setTimeout(() => {
      asked.delete(id)
      if (listeners.size > 0) void load(id)
    }, againMs)
  }
  const subscribe = (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return { subscribe, known: (id) => users.get(id), load, add }
}

/** A person; undefined while loading, or where there is nobody to show. */
export function usePerson(id: UserId | null | undefined): User | undefined {
  const { people } = useSession()
  useEffect(() => {
    if (id != null) void people.load(id)
  }, [people, id])
  return useSyncExternalStore(people.subscribe, () => (id == null ? undefined : people.known(id)))
}

/** Those of them who are known by now; the others are on their way. */
export function usePeople(ids: readonly UserId[]): User[] {
  const { people } = useSession()
  const all = ids.join(' ')
  useEffect(() => {
    for (const id of all.split(' ').filter(isUserId)) void people.load(id)
  }, [people, all])
  const known = () => ids.flatMap((id) => people.known(id) ?? [])
  useSyncExternalStore(people.subscribe, () => known().length)
  return known()
}

export function nameOf(user: User | undefined): string {
  if (user === undefined) return texts.unknownName
  if (user.removedAt !== undefined) return texts.deletedUser
  return `${user.firstName} ${user.lastName}`.trim() || user.userName
}
