import type { RecordingId, RecordingViewer } from '@antiphon/client'
import { useCallback } from 'react'
import { useList } from '../../loaded.ts'
import { namedIn } from '../../named.ts'
import { useRun } from '../../run.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { Act, Problem } from '../act.tsx'
import { attempt, Form } from '../form.tsx'
import { Listed } from '../listed.tsx'
import { Person } from '../person.tsx'

const words = texts.recordings

/** Whom a recording is shared with by name. */
export function Viewers({ recordingId }: { recordingId: RecordingId }) {
  const { client } = useSession()
  const { recordings } = client.meetings
  const list = useList(useCallback(() => recordings.viewers.all({ recordingId }), [recordings, recordingId]))
  const { run, problem } = useRun(list.reload)
  const unshare = ({ userId, email }: RecordingViewer) => {
    const viewers = userId ? [{ userId }] : email ? [{ email }] : []
    return run(() => recordings.unshare.safe({ recordingId, viewers }))
  }
  return (
    <>
      <Problem text={problem} />
      <Listed list={list} empty={words.noViewers}>
        {(one) => (
          <li key={one.userId ?? one.email}>
            <Person id={one.userId} email={one.email} detail={one.mayDownload ? words.canDownload : undefined}>
              {(name) => <Act name={words.unshare} of={name} onClick={() => unshare(one)} />}
            </Person>
          </li>
        )}
      </Listed>
      <Form
        submit={words.share}
        isForMore
        fields={[
          { name: 'viewers', label: texts.people, hint: texts.peopleHint },
          { name: 'mayDownload', label: words.mayDownload, type: 'checkbox' },
        ]}
        action={({ viewers, mayDownload }) =>
          attempt(async () =>
            recordings.share({
              ...{ recordingId, viewers: await namedIn(client, viewers), mayDownload: mayDownload === 'on' },
            }),
          )
        }
        onDone={list.reload}
      />
    </>
  )
}
