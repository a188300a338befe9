import type { UploadId } from '@antiphon/client'
import { useState } from 'react'
import { Devices } from '../components/devices.tsx'
import { fields } from '../components/fields.ts'
import { attempt, Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Page, Section } from '../components/page.tsx'
import { Picture } from '../components/picture.tsx'
import { SecondFactor } from '../components/secondFactor.tsx'
import { download } from '../download.ts'
import { nameOf } from '../people.ts'
import { tellTabs, useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { moment } from '../time.ts'
import { usePresences } from '../views.ts'

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

function NamesForm() {
  const { client, me, check } = useSession()
  const { firstName, lastName, userName } = fields
  const setPicture = async (avatar: UploadId | null) => {
    const answer = await client.users.update.safe({ avatar })
    if (answer.ok) await check()
    return answer
  }
  return (
    <>
      <Picture name={nameOf(me)} id={me.id} url={me.avatarUrl} onSet={setPicture} />
      <Form
        submit={texts.save}
        fields={[firstName, lastName, userName].map((field) => ({ ...field, defaultValue: me[field.name] }))}
        action={({ code: _, ...names }) => client.users.update.safe(names)}
        onDone={check}
        done={texts.saved}
      />
    </>
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
        fields={[{ ...fields.email, label: texts.newEmail }, fields.password]}
        action={({ password, ...rest }) => client.users.update.safe({ ...rest, password: password || undefined })}
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
      fields={[{ ...fields.password, name: 'currentPassword' }, fields.newPassword]}
      action={(values) => client.users.changePassword.safe(values)}
      done={texts.passwordChanged}
    />
  )
}

const isStatus = (text: string) => text === 'away' || text === 'busy' || text === 'offline'

function PresenceForm() {
  const { client, me } = useSession()
  const presence = usePresences([me.id]).get(me.id)
  if (presence === undefined) return <Notice />
  const { status, text, expiresAt } = presence
  return (
    <>
      <Form
        submit={texts.setPresence}
        fields={[
          { name: 'status', label: texts.status, defaultValue: status, options: Object.entries(texts.statuses) },
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
        done={texts.saved}
      />
      {expiresAt !== null && <p className="hint">{texts.holdsUntil(moment(expiresAt))}</p>}
    </>
  )
}

/** Everything the server holds of you, as it comes, into a file; also where the page is left meanwhile. */
function Export() {
  const { client, me } = useSession()
  const [count, setCount] = useState(0)
  const save = () =>
    attempt(async () => {
      const items: string[] = []
      for await (const item of client.users.export()) {
        // Ids of the audit log are bigints, which JSON has not.
        items.push(JSON.stringify(item, (_key, value) => (typeof value === 'bigint' ? String(value) : value)))
        setCount(items.length)
      }
      const parts = ['[\n', items.join(',\n'), '\n]\n']
      download(`antiphon-${me.userName}.json`, parts, 'application/json')
    })
  return (
    <>
      <p className="hint">{count === 0 ? texts.exportHint : texts.exported(count)}</p>
      <Form submit={texts.export} fields={[]} action={save} done={texts.saved} />
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
        fields={[fields.password, { ...fields.userName, label: texts.typeName(me.userName), autoComplete: 'off' }]}
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
