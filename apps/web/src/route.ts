import { isRoomId, type RoomId } from '@antiphon/client'
import { useSyncExternalStore } from 'react'

/** What mails link to, with the token of the link. */
type LinkPage = 'reset' | 'invitation' | 'verify'

export type Route =
  | { readonly page: 'home' | 'new' | 'friends' | 'profile' }
  | { readonly page: 'room'; readonly roomId: RoomId }
  | { readonly page: LinkPage; readonly token: string }

export const links = {
  home: '#/',
  new: '#/new',
  friends: '#/friends',
  profile: '#/profile',
  room: (id: RoomId) => `#/rooms/${id}`,
} as const

let current: Route | undefined

/** What the address says after the `#`; reload and back work by themselves. */
export function useRoute(): Route {
  return useSyncExternalStore(subscribe, () => (current ??= takeRoute()))
}

/** Reads the address. The token of a link is good for an account: it leaves address and history at once. */
export function takeRoute(): Route {
  const route = parse(location.hash)
  if ('token' in route) history.replaceState(null, '', `#/${route.page}`)
  return route
}

function parse(hash: string): Route {
  const [, page = '', rest = ''] = /^#\/([a-z]*)(?:\/(.*))?$/.exec(hash) ?? []
  if (rest === '') return page === 'new' || page === 'friends' || page === 'profile' ? { page } : { page: 'home' }
  if (page === 'reset' || page === 'invitation' || page === 'verify') return { page, token: rest }
  return page === 'rooms' && isRoomId(rest) ? { page: 'room', roomId: rest } : { page: 'home' }
}

function subscribe(listener: () => void): () => void {
  const onChange = () => {
    current = takeRoute()
    listener()
  }
  addEventListener('hashchange', onChange)
  return () => removeEventListener('hashchange', onChange)
}
