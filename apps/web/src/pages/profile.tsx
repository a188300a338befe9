import { useEffect, useRef, useState } from 'react'
import { Devices } from '../components/devices.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Page, Section } from '../components/page.tsx'
import { SecondFactor } from '../components/secondFactor.tsx'
import { download } from '../download.ts'
import { usePresence } from '../presences.ts'
import { tellTabs, useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'
import { moment } from '../time.ts'

export function Profile() {
  return (
    <Page title={texts.profile}>
      <Section title={texts.names} isOpen>
        <NamesForm />
      </Section>
      <Section title={texts.presence} isOpen>
        <PresenceForm />
      </Section>
      <Section title={texts.email}>
        <Email />
      </Section>
      <Section title={texts.password}>
        <PasswordForm />
      </Section>
      <Section title={texts.mfa}>
        <SecondFactor />
      </Section>
      <Section title={texts.devices}>
        <Devices />
      </Section>
      <Section title={texts.data}>
        <Export />
      </Section>
      <Section title={texts.removeAccount}>
        <RemoveForm />
      </Section>
    </Page>
  )
}

const currentPassword = {
  name: 'password',
  label: texts.currentPassword,
  type: 'password',
  autoComplete: 'current-password',
} as const

function NamesForm() {
  const { client, me, check } = useSession()
  return (
    <Form
      submit={texts.save}
      fields={[
        { name: 'firstName', label: texts.firstName, autoComplete: 'given-name', defaultValue: me.firstName },
        { name: 'lastName', label: texts.lastName, autoComplete: 'family-name', defaultValue: me.lastName },
        { name: 'userName', label: texts.userName, autoCapitalize: 'none', defaultValue: me.userName },
      ]}
      action={({ firstName, lastName, userName }) => client.users.update.safe({ firstName, lastName, userName })}
      onDone={check}
      done={texts.saved}
    />
  )
}

function Email() {
  const { client, me, check } = useSession()
  return (
    <>
      {me.email !== undefined && (
        <p>
          <strong>{me.email}</strong> <small>{me.emailVerified ? texts.isVerified : texts.notVerified}</small>
        </p>
      )}
      {me.email !== undefined && !me.emailVerified && (
        <Form
          submit={texts.sendAgain}
          fields={[]}
          action={() => client.users.requestEmailVerification.safe()}
          done={texts.mailSent}
        />
      )}
      <Form
        submit={texts.changeEmail}
        fields={[{ name: 'email', label: texts.newEmail, type: 'email', autoComplete: 'email' }, currentPassword]}
        action={({ email, password, code }) =>
          client.users.update.safe({ email, password: password || undefined, code })
        }
        onDone={check}
        done={texts.mailSent}
      />
    </>
  )
}

function PasswordForm() {
  const { client } = useSession()
  return (
    <Form
      submit={texts.changePassword}
      fields={[
        { ...currentPassword, name: 'currentPassword' },
        { name: 'password', label: texts.newPassword, type: 'password', autoComplete: 'new-password' },
      ]}
      action={(values) => client.users.changePassword.safe(values)}
      done={texts.passwordChanged}
    />
  )
}

const { offline, available, ...others } = texts.statuses
const isStatus = (text: string) => text === 'away' || text === 'busy' || text === 'offline'

function PresenceForm() {
  const { client, me, presences } = useSession()
  const presence = usePresence(me.id)
  if (presence === undefined) return <Notice />
  const { status, text, expiresAt } = presence
  return (
    <>
      <Form
        submit={texts.setPresence}
        fields={[
          {
            name: 'status',
            label: texts.status,
            defaultValue: status,
            options: { available, ...others, offline: texts.seemOffline },
          },
          { name: 'text', label: texts.statusText, hint: texts.optional, defaultValue: text, maxLength: 100 },
          { name: 'minutes', label: texts.until, options: texts.untils },
        ]}
        action={({ minutes, ...said }) =>
          client.users.presence.set.safe({
            status: isStatus(said.status) ? said.status : 'available',
            text: said.text,
            expiresAt: minutes === '' ? undefined : new Date(Date.now() + Number(minutes) * 60_000),
          })
        }
        onDone={presences.add}
        done={texts.saved}
      />
      {expiresAt !== null && <p className="hint">{texts.holdsUntil(moment(expiresAt))}</p>}
    </>
  )
}

/** Everything the server holds of you, as it comes, into a file. */
function Export() {
  const { client, me } = useSession()
  const [count, setCount] = useState<number>()
  const [problem, setProblem] = useState<string>()
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])
  const start = async () => {
    const { signal } = (running.current = new AbortController())
    setProblem(undefined)
    setCount(0)
    try {
      const items: string[] = []
      for await (const item of client.users.export({}, { signal })) {
        // Ids of the audit log are bigints, which JSON has not.
        items.push(JSON.stringify(item, (_key, value) => (typeof value === 'bigint' ? String(value) : value)))
        setCount(items.length)
      }
      if (!signal.aborted) download(`antiphon-${me.userName}.json`, ['[\n', items.join(',\n'), '\n]\n'], 'application/json')
    } catch (error) {
      setProblem(errorText(error))
    }
    running.current = undefined
  }
  return (
    <>
      <p className="hint">{texts.exportHint}</p>
      <p className="problem" role="alert">
        {problem}
      </p>
      <div className="actions">
        <button type="button" onClick={start}>
          {texts.export}
        </button>
        <span className="hint" role="status">
          {count !== undefined && texts.exported(count)}
        </span>
      </div>
    </>
  )
}

function RemoveForm() {
  const { client, me, end } = useSession()
  return (
    <>
      <p className="hint">{texts.removeHint}</p>
      <Form
        submit={texts.removeAccount}
        fields={[
          currentPassword,
          { name: 'userName', label: texts.typeName(me.userName), autoComplete: 'off', autoCapitalize: 'none' },
        ]}
        action={async ({ userName, password, code }) => {
          if (userName !== me.userName) return { ok: false, error: new Error(texts.nameDiffers) }
          return client.users.remove.safe({ password: password || undefined, code })
        }}
        onDone={() => {
          end('removed')
          tellTabs()
        }}
      />
    </>
  )
}
