import type { User } from '@antiphon/client'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { Notice } from './components/notice.tsx'
import { Messages } from './pages/messages.tsx'
import { NewPassword } from './pages/newPassword.tsx'
import { SignIn } from './pages/signIn.tsx'
import { VerifyEmail } from './pages/verifyEmail.tsx'
import { links, useRoute } from './route.ts'
import { createSession, onOtherTabs, SessionContext, tellTabs } from './session.tsx'
import { texts } from './texts.ts'

/** Whether there may be a session, `new` right after signing in; only the server can tell, since no script sees the cookie. */
type Stage = { readonly is: 'in' | 'new' } | { readonly is: 'out'; readonly notice?: string | undefined }

export function App() {
  const route = useRoute()
  const [stage, setStage] = useState<Stage>({ is: 'in' })
  const onSignedIn = () => {
    tellTabs()
    setStage({ is: 'new' })
  }
  if (route.page === 'verify') return <VerifyEmail key={route.token} token={route.token} />
  if (route.page === 'reset' || route.page === 'invitation') {
    const onDone = () => {
      location.replace(links.home)
      onSignedIn()
    }
    return <NewPassword key={route.token} page={route.page} token={route.token} onSignedIn={onDone} />
  }
  if (stage.is === 'out') return <SignIn onSignedIn={onSignedIn} notice={stage.notice} />
  return <SignedIn isNew={stage.is === 'new'} onEnd={(notice) => setStage({ is: 'out', notice })} />
}

function SignedIn({ isNew, onEnd }: { isNew: boolean; onEnd: (notice: string | undefined) => void }) {
  const [me, setMe] = useState<User>()
  const [problem, setProblem] = useState<string>()
  const [session] = useState(() =>
    createSession({
      onMe: setMe,
      onEnd: ({ wasIn, notice = wasIn ? texts.sessionEnded : undefined }) =>
        onEnd(notice ?? (isNew && !wasIn ? texts.cookieRefused : undefined)),
    }),
  )
  const load = useCallback(async () => {
    setProblem(undefined)
    setProblem(await session.check())
  }, [session])
  useEffect(() => {
    void load()
    return onOtherTabs(load)
  }, [load])
  const value = useMemo(() => (me === undefined ? undefined : { ...session, me }), [session, me])
  if (value === undefined) return <Notice problem={problem} onRetry={load} />
  return (
    <SessionContext value={value}>
      <Messages />
    </SessionContext>
  )
}
