import type { User } from '@antiphon/client'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { Notice } from './components/notice.tsx'
import { NewPassword } from './pages/account/newPassword.tsx'
import { SignIn } from './pages/account/signIn.tsx'
import { VerifyEmail } from './pages/account/verifyEmail.tsx'
import { Messages } from './pages/messages.tsx'
import { Watch } from './pages/watch.tsx'
import { links, useRoute } from './route.ts'
import { createSession, type End, onOtherTabs, SessionContext, tellTabs } from './session.tsx'
import { texts } from './texts.ts'

/** Only the server can tell whether there is a session, since no script sees the cookie. `new`: right after signing in. */
type Stage = { readonly is: 'in' | 'new' } | { readonly is: 'out'; readonly notice: string | undefined }

export function App() {
  const route = useRoute()
  const [stage, setStage] = useState<Stage>({ is: 'in' })
  const onSignedIn = () => {
    tellTabs()
    setStage({ is: 'new' })
  }
  if (route.page === 'watch') return <Watch key={route.link} link={route.link} />
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
  const [session] = useState(() => createSession({ onMe: setMe, onEnd: (why) => onEnd(noticeOf(why, isNew)) }))
  const load = useCallback(async () => {
    setProblem(undefined)
    setProblem(await session.check())
  }, [session])
  // A token that was changed ends the stream that came with it: after each check there is an open one.
  const value = useMemo(
    () => (me === undefined ? undefined : { ...session, me, events: session.client.events() }),
    [session, me],
  )
  useEffect(() => {
    void load()
    return onOtherTabs(load)
  }, [load])
  if (value === undefined) return <Notice problem={problem} onRetry={load} />
  return (
    <SessionContext value={value}>
      <Messages />
    </SessionContext>
  )
}

function noticeOf(why: End, isNew: boolean): string | undefined {
  if (why === 'nobody') return isNew ? texts.cookieRefused : undefined
  return { expired: texts.sessionEnded, left: undefined, removed: texts.accountRemoved }[why]
}
