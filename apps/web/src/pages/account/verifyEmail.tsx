import { createClient } from '@antiphon/client'
import { useEffect, useRef, useState } from 'react'
import { Form } from '../../components/form.tsx'
import { Notice } from '../../components/notice.tsx'
import { Door } from '../../components/page.tsx'
import { links } from '../../route.ts'
import { tellTabs } from '../../session.tsx'
import { errorText, texts } from '../../texts.ts'

const { users } = createClient({ url: location.origin, session: 'cookie' })

interface Outcome {
  readonly text: string
  readonly canAskAgain: boolean
}

/** Where the link of a mail leads that proves an address. */
export function VerifyEmail({ token }: { token: string }) {
  const [outcome, setOutcome] = useState<Outcome>()
  // The link works once, and effects of development run twice.
  const isAsked = useRef(false)
  useEffect(() => {
    if (!isAsked.current) void verify(token).then(setOutcome)
    isAsked.current = true
  }, [token])
  return (
    <Door title={texts.verify}>
      {outcome === undefined ? <Notice /> : <p role="status">{outcome.text}</p>}
      {outcome?.canAskAgain && (
        <Form
          submit={texts.sendAgain}
          fields={[]}
          action={() => users.requestEmailVerification.safe()}
          done={texts.mailSent}
        />
      )}
      <a className="link" href={links.home}>
        {texts.toStart}
      </a>
    </Door>
  )
}

async function verify(token: string): Promise<Outcome> {
  const done = await users.verifyEmail.safe({ token })
  if (done.ok) tellTabs()
  if (done.ok) return { text: texts.verified, canAskAgain: false }
  const { ok: isSignedIn } = await users.me.safe()
  return { text: errorText(done.error), canAskAgain: isSignedIn && done.error.code === 'LINK_INVALID' }
}
