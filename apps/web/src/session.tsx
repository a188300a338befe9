import { type AntiphonClient, AntiphonError, createClient, type RoomId, type User } from '@antiphon/client'
import { createContext, use } from 'react'
import { createPeople, type People } from './people.ts'
import { createRoomView, type RoomView } from './roomView.ts'
import { errorText } from './texts.ts'

/** What lives as long as somebody is signed in. */
export interface Session {
  readonly client: AntiphonClient
  readonly people: People
  readonly room: (id: RoomId) => RoomView
  /** To be told of every error; answers what to show. Ends the session where the server no longer knows it. */
  readonly fail: (error: unknown) => string
  readonly signOut: () => Promise<void>
}

export function createSession(token: string, onEnd: (expired: boolean) => void): Session {
  const client = createClient({ url: location.origin, token })
  const rooms = new Map<RoomId, RoomView>()
  let hasEnded = false
  const end = (expired: boolean) => {
    // What was under way when a session ended must not end the next one.
    if (!hasEnded) onEnd(expired)
    hasEnded = true
  }
  const fail = (error: unknown) => {
    if (error instanceof AntiphonError && ['TOKEN_INVALID', 'NOT_SIGNED_IN'].includes(error.code)) end(true)
    return errorText(error)
  }
  return {
    client,
    fail,
    people: createPeople(client),
    room(id) {
      const view = rooms.get(id) ?? createRoomView(client, id, fail)
      rooms.set(id, view)
      return view
    },
    async signOut() {
      await client.users.signOut.safe({ timeoutMs: 3_000 })
      end(false)
    },
  }
}

const tokenKey = 'antiphon.token'

/** The token of this tab, kept over reloads. */
export const storedToken = {
  get: () => sessionStorage.getItem(tokenKey) ?? undefined,
  set: (token: string | undefined) =>
    token === undefined ? sessionStorage.removeItem(tokenKey) : sessionStorage.setItem(tokenKey, token),
}

export const SessionContext = createContext<(Session & { readonly me: User }) | undefined>(undefined)

export function useSession(): Session & { readonly me: User } {
  const session = use(SessionContext)
  if (session === undefined) throw new Error('Nobody is signed in here.')
  return session
}
