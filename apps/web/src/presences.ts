import type { AntiphonClient, Presence, UserId } from '@antiphon/client'
import { useCallback, useSyncExternalStore } from 'react'
import { type Poll, poll } from './poll.ts'
import { useSession } from './session.tsx'

export interface Presences {
  /** Keeps the presence of somebody up to date for as long as somebody listens. */
  readonly watch: (id: UserId, listener: () => void) => () => void
  readonly known: (id: UserId) => Presence | undefined
  readonly add: (presence: Presence) => void
  /** Asks anew for somebody in sight. */
  readonly changed: (id: UserId) => void
}

/** Changes are told by the stream; that somebody has been silent for long is not. */
const everyMs = 60_000
const maxIds = 100

/** The presence of everybody in sight, asked for together. */
export function createPresences(client: AntiphonClient): Presences {
  const known = new Map<UserId, Presence>()
  const watched = new Map<UserId, Set<() => void>>()
  /** Who does not show us theirs (any more). */
  const hidden = new Set<UserId>()
  let polling: Poll | undefined
  const tell = (id: UserId) => {
    for (const listener of watched.get(id) ?? []) listener()
  }
  const add = (presence: Presence) => {
    const { userId, status, text, expiresAt } = presence
    const before = known.get(userId)
    if (before?.status === status && before.text === text && Number(before.expiresAt) === Number(expiresAt)) return
    known.set(userId, presence)
    tell(userId)
  }
  const hide = (id: UserId) => {
    hidden.add(id)
    if (known.delete(id)) tell(id)
  }
  /** One who is not to be seen has the whole call refused: halves find out who. */
  const ask = async (userIds: UserId[]): Promise<void> => {
    const found = await client.users.presence.get.safe({ userIds })
    if (found.ok) return found.data.forEach(add)
    if (found.error.code !== 'NOT_FOUND') return
    const middle = Math.ceil(userIds.length / 2)
    if (middle === userIds.length) return userIds.forEach(hide)
    await Promise.all([ask(userIds.slice(0, middle)), ask(userIds.slice(middle))])
  }
  const askAll = async () => {
    // All who come into sight at one moment are asked for together.
    await Promise.resolve()
    const ids = [...watched.keys()].filter((id) => !hidden.has(id))
    for (let at = 0; at < ids.length; at += maxIds) await ask(ids.slice(at, at + maxIds))
  }
  return {
    add,
    changed: (id) => void (watched.has(id) && ask([id])),
    known: (id) => known.get(id),
    watch(id, listener) {
      const listeners = watched.get(id) ?? new Set()
      watched.set(id, listeners.add(listener))
      if (listeners.size === 1) hidden.delete(id)
      if (polling === undefined) polling = poll(askAll, everyMs)
      else if (listeners.size === 1) polling.wake()
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) watched.delete(id)
        if (watched.size > 0) return
        polling?.stop()
        polling = undefined
      }
    },
  }
}

/** Whether somebody is there; undefined where that is not known, or nobody is asked for. */
export function usePresence(id: UserId | null | undefined): Presence | undefined {
  const { presences } = useSession()
  const watch = useCallback(
    (listener: () => void) => (id == null ? () => {} : presences.watch(id, listener)),
    [presences, id],
  )
  return useSyncExternalStore(watch, () => (id == null ? undefined : presences.known(id)))
}
