import type { Recording } from '@antiphon/client'
import { useCallback, useState } from 'react'
import { Act, Problem } from '../components/act.tsx'
import { Form } from '../components/form.tsx'
import { Entry, Listed } from '../components/listed.tsx'
import { Page, Section } from '../components/page.tsx'
import { useList } from '../loaded.ts'
import { links } from '../route.ts'
import { useRun } from '../run.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { moment } from '../time.ts'

const words = texts.recordings
const scopes = ['mine', 'shared', 'members', 'removed'] as const
type Scope = (typeof scopes)[number]

export function Recordings() {
  const { client } = useSession()
  const [scope, setScope] = useState<Scope>('mine')
  return (
    <Page title={words.title}>
      <div className="actions">
        {scopes.map((one) => (
          <Act key={one} name={words.scopes[one]} aria-pressed={one === scope} onClick={() => setScope(one)} />
        ))}
      </div>
      <Some key={scope} scope={scope} />
      <Section title={words.fresh}>
        <Form
          submit={words.create}
          fields={[
            { name: 'title', label: words.name, maxLength: 200 },
            { ...passwordField, label: words.password, hint: words.optional },
          ]}
          action={({ title, password }) =>
            client.meetings.recordings.create.safe({ title, password: password || undefined })
          }
          onDone={({ id }) => location.assign(links.recording(id))}
        />
      </Section>
    </Page>
  )
}

const passwordField = { name: 'password', type: 'password', autoComplete: 'new-password' } as const

function Some({ scope }: { scope: Scope }) {
  const { client } = useSession()
  const { recordings } = client.meetings
  const list = useList(useCallback(() => recordings.list.all({ scope }), [recordings, scope]))
  const { run, problem } = useRun(list.reload)
  const detailOf = ({ files, createdAt }: Recording) => `${words.files(files.length)} · ${moment(createdAt)}`
  return (
    <>
      <Problem text={problem} />
      <Listed list={list} empty={words.none}>
        {(one) =>
          scope === 'removed' ? (
            <Entry key={one.id} name={one.title} detail={detailOf(one)}>
              <Act
                name={words.restore}
                of={one.title}
                onClick={() => run(() => recordings.restore.safe({ recordingId: one.id }))}
              />
            </Entry>
          ) : (
            <Entry key={one.id} name={one.title} detail={detailOf(one)} href={links.recording(one.id)} />
          )
        }
      </Listed>
    </>
  )
}
