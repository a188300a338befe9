import type { MfaEnrollment } from '@antiphon/client'
import { useState } from 'react'
import { download } from '../download.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { Act, Copy } from './act.tsx'
import { fields } from './fields.ts'
import { Form } from './form.tsx'

/** Turns the second factor on and off. */
export function SecondFactor() {
  const { client, me, check } = useSession()
  const { mfa } = client.users
  const [enrollment, setEnrollment] = useState<MfaEnrollment>()
  const [codes, setCodes] = useState<readonly string[]>()
  if (codes !== undefined) return <RecoveryCodes codes={codes} onDone={() => setCodes(undefined)} />
  if (me.mfa) {
    return (
      <>
        <p>{texts.mfaOn}</p>
        <Form
          submit={texts.newCodes}
          fields={[fields.code]}
          action={({ code }) => mfa.recoveryCodes.safe({ code })}
          onDone={({ recoveryCodes }) => setCodes(recoveryCodes)}
        />
        <Form
          submit={texts.mfaDisable}
          fields={[fields.code]}
          action={({ code }) => mfa.disable.safe({ code })}
          onDone={check}
        />
      </>
    )
  }
  if (enrollment === undefined) {
    return (
      <>
        <p className="hint">{texts.mfaHint}</p>
        <Form
          submit={texts.mfaEnroll}
          fields={[fields.password]}
          action={({ password }) => mfa.enroll.safe({ password: password || undefined })}
          onDone={setEnrollment}
        />
      </>
    )
  }
  return (
    <>
      <p>{texts.mfaSecret}</p>
      <code className="secret">{enrollment.secret.replace(/.{4}(?=.)/g, '$& ')}</code>
      <p>
        <a className="link" href={enrollment.uri}>
          {texts.mfaOpen}
        </a>
      </p>
      <Form
        submit={texts.mfaConfirm}
        fields={[fields.code]}
        action={({ code }) => mfa.confirm.safe({ code })}
        onDone={({ recoveryCodes }) => {
          setEnrollment(undefined)
          setCodes(recoveryCodes)
          void check()
        }}
      />
    </>
  )
}

function RecoveryCodes({ codes, onDone }: { codes: readonly string[]; onDone: () => void }) {
  const all = `${codes.join('\n')}\n`
  return (
    <>
      <p role="status">{texts.codesHint}</p>
      <ol className="secret" aria-label={texts.recoveryCodes}>
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ol>
      <div className="actions">
        <button type="button" onClick={() => download('antiphon-recovery-codes.txt', [all], 'text/plain')}>
          {texts.download}
        </button>
        <Copy text={all} />
        <Act name={texts.codesKept} onClick={onDone} />
      </div>
    </>
  )
}
