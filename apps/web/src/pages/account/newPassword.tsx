import { createClient, isAntiphonError } from '@antiphon/client'
import { useState } from 'react'
import { fields } from '../../components/fields.ts'
import { Form } from '../../components/form.tsx'
import { Door } from '../../components/page.tsx'
import { links } from '../../route.ts'
import { texts } from '../../texts.ts'

const { users } = createClient({ url: location.origin, session: 'cookie' })

interface NewPasswordProps {
  readonly page: 'reset' | 'invitation'
  readonly token: string
  readonly onSignedIn: () => void
}

/** Where the link of a mail leads that lets choose a (new) password; it signs in. */
export function NewPassword({ page, token, onSignedIn }: NewPasswordProps) {
  const [isInvalid, setInvalid] = useState(false)
  const action = async (values: { password: string; code: string | undefined }) => {
    const answer = await users.resetPassword.safe({ ...values, token })
    setInvalid(!answer.ok && isAntiphonError(answer.error, 'LINK_INVALID'))
    return answer
  }
  return (
    <Door title={page === 'reset' ? texts.newPassword : texts.welcome}>
      <Form submit={texts.setPassword} fields={[fields.newPassword]} action={action} onDone={onSignedIn} />
      {isInvalid && (
        <a className="link" href={links.home}>
          {texts.toStart}
        </a>
      )}
    </Door>
  )
}
