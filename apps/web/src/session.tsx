import { type AntiphonClient, createClient, type Events, isAntiphonError, type User } from '@antiphon/client'
import { createContext, use } from 'react'
import { createPeople, type People } from './people.ts'
import { errorText } from './texts.ts'

/** Why nobody is signed in: nobody was, the session is over, they left, or their account is gone. */
export type End = 'nobody' | 'expired' | 'left' | 'removed'

/** What lives as long as somebody is signed in. */
export interface Session {
  readonly client: AntiphonClient
  readonly people: People
  /** Asks anew who is signed in; answers what went wrong. */
  readonly check: () => Promise<string | undefined>
  /** Answers what went wrong: the cookie is out of reach here, only the server can end it. */
  readonly signOut: () => Promise<string | undefined>
  readonly end: (why: End) => void
}

interface SessionOptions {
  readonly onMe: (me: User) => void
  readonly onEnd: (why: End) => void
}

/** A session that the server keeps in a cookie: no script can read its token, and nothing of it is stored here. */
export function createSession({ onMe, onEnd }: SessionOptions): Session {
  const client = createClient({ url: location.origin, session: 'cookie', onSignedOut: () => void check() })
  const people = createPeople(client)
  let me: User | undefined
  let hasEnded = false
  let checking: Promise<string | undefined> | undefined
  const end = (why: End) => {
    // What was under way when a session ended must not end the next one.
    if (hasEnded) return
    hasEnded = true
    if (me !== undefined) client.events().close()
    onEnd(why)
  }
  const ask = async () => {
    const found = await client.users.me.safe()
    checking = undefined
    if (hasEnded) return undefined
    if (!found.ok) {
      if (!isSignedOut(found.error)) return errorText(found.error)
      end(me === undefined ? 'nobody' : 'expired')
    } else if (me !== undefined && me.id !== found.data.id) {
      // The cookie is one for all tabs: in another one somebody else has signed in.
      location.reload()
    } else {
      me = found.data
      people.add(me)
      onMe(me)
    }
    return undefined
  }
  // A call that overlaps with a change of the token fails, though the session goes on: only this call decides.
  const check = () => {
    checking ??= ask()
    return checking
  }
  return {
    client,
    people,
    check,
    end,
    async signOut() {
      const done = await client.users.signOut.safe({ timeoutMs: 5_000 })
      if (!done.ok && !isSignedOut(done.error)) return errorText(done.error)
      end('left')
      tellTabs()
      return undefined
    },
  }
}

function isSignedOut(error: unknown): boolean {
  return isAntiphonError(error, 'NOT_SIGNED_IN', 'TOKEN_INVALID')
}

/** Tells the other tabs that the session is another one or its account has changed. */
export function tellTabs(): void {
  const channel = new BroadcastChannel('session')
  channel.postMessage('changed')
  channel.close()
}

/** Hears that of other tabs. */
export function onOtherTabs(listener: () => void): () => void {
  const channel = new BroadcastChannel('session')
  channel.onmessage = listener
  return () => channel.close()
}

/** `events`: the stream of this session, and the views on it. */
type SignedInSession = Session & { readonly me: User; readonly events: Events }

export const SessionContext = createContext<SignedInSession | undefined>(undefined)

export function useSession(): SignedInSession {
  const session = use(SessionContext)
  if (session === undefined) throw new Error('Nobody is signed in here.')
  return session
}
