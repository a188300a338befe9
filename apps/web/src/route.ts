import type { RoomId } from '@antiphon/client'
import { useSyncExternalStore } from 'react'

export type Route = { readonly page: 'home' | 'new' } | { readonly page: 'room'; readonly roomId: RoomId }

export const links = { home: '#/', new: '#/new', room: (id: RoomId) => `#/rooms/${id}` } as const

/** What the address says after the `#`; reload and back work by themselves. */
export function useRoute(): Route {
  return parse(useSyncExternalStore(subscribe, () => location.hash))
}

function parse(hash: string): Route {
  if (hash === links.new) return { page: 'new' }
  const id = /^#\/rooms\/(.+)$/.exec(hash)?.[1]
  return id !== undefined && isRoomId(id) ? { page: 'room', roomId: id } : { page: 'home' }
}

function isRoomId(text: string): text is RoomId {
  return /^rom_[0-9a-z]+$/.test(text)
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}
