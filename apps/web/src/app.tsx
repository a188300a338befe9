import type { User } from '@antiphon/client'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { Notice } from './components/notice.tsx'
import { Messages } from './pages/messages.tsx'
import { SignIn } from './pages/signIn.tsx'
import { createSession, SessionContext, storedToken } from './session.tsx'
import { texts } from './texts.ts'

export function App() {
  const [token, setToken] = useState(storedToken.get)
  const [expired, setExpired] = useState(false)
  const change = useCallback((next: string | undefined, hasExpired = false) => {
    storedToken.set(next)
    setToken(next)
    setExpired(hasExpired)
  }, [])
  if (token === undefined) return <SignIn onToken={change} notice={expired ? texts.sessionEnded : undefined} />
  return <SignedIn key={token} token={token} onEnd={(hasExpired) => change(undefined, hasExpired)} />
}

function SignedIn({ token, onEnd }: { token: string; onEnd: (expired: boolean) => void }) {
  const [session] = useState(() => createSession(token, onEnd))
  const [me, setMe] = useState<User>()
  const [problem, setProblem] = useState<string>()
  const load = useCallback(async () => {
    setProblem(undefined)
    const found = await session.client.users.me.safe()
    if (!found.ok) return setProblem(session.fail(found.error))
    session.people.add(found.data)
    setMe(found.data)
  }, [session])
  useEffect(() => void load(), [load])
  const value = useMemo(() => (me === undefined ? undefined : { ...session, me }), [session, me])
  if (value === undefined) return <Notice problem={problem} onRetry={load} />
  return (
    <SessionContext value={value}>
      <Messages />
    </SessionContext>
  )
}
