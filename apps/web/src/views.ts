import {
  isUserId,
  type Presence,
  type RoomId,
  type RoomListSnapshot,
  type RoomSnapshot,
  type RoomView,
  type UserId,
} from '@antiphon/client'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { useSession } from './session.tsx'

/** The view of a room, and its state. Rooms that were opened stay followed for as long as the session lasts. */
export function useRoom(id: RoomId): { view: RoomView; state: RoomSnapshot } {
  const { events } = useSession()
  const view = events.room(id)
  return { view, state: useSyncExternalStore(view.subscribe, view.snapshot) }
}

/** The rooms of whoever is signed in, with what is unread in them. */
export function useRooms(): RoomListSnapshot {
  const { events } = useSession()
  const list = events.rooms()
  return useSyncExternalStore(list.subscribe, list.snapshot)
}

/** Who is there, of some people; those who do not show it are left out. */
export function usePresences(userIds: readonly (UserId | null | undefined)[]): ReadonlyMap<UserId, Presence> {
  const { events } = useSession()
  const [people, setPeople] = useState<ReadonlyMap<UserId, Presence>>(new Map())
  const all = [...new Set(userIds)].join(' ')
  useEffect(() => {
    const view = events.presence(all.split(' ').filter(isUserId))
    const stop = view.subscribe(() => setPeople(view.people))
    setPeople(view.people)
    return () => {
      stop()
      view.close()
    }
  }, [events, all])
  return people
}
