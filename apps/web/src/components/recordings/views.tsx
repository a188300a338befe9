import type { RecordingId } from '@antiphon/client'
import { useCallback, useState } from 'react'
import { useList } from '../../loaded.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { moment } from '../../time.ts'
import { Act } from '../act.tsx'
import { Listed } from '../listed.tsx'
import { Person } from '../person.tsx'

const words = texts.recordings
const kinds = ['view', 'user', 'link'] as const
type Kind = (typeof kinds)[number]

/** Who watched a recording, and how much of it. */
export function Views({ recordingId }: { recordingId: RecordingId }) {
  const [by, setBy] = useState<Kind>('view')
  return (
    <>
      <div className="actions">
        {kinds.map((one) => (
          <Act key={one} name={words.by[one]} aria-pressed={one === by} onClick={() => setBy(one)} />
        ))}
      </div>
      <Some key={by} by={by} recordingId={recordingId} />
    </>
  )
}

function Some({ by, recordingId }: { by: Kind; recordingId: RecordingId }) {
  const { recordings } = useSession().client.meetings
  const list = useList(useCallback(() => recordings.views.all({ recordingId, by }), [recordings, recordingId, by]))
  return (
    <Listed list={list} empty={words.noViews}>
      {({ viewId, userId, linkId, linkName, views, share, downloads, openedAt, lastAt }) => (
        <li key={viewId ?? userId ?? linkId}>
          <Person
            id={userId}
            email={linkName}
            detail={`${words.viewed(views, share, downloads)} · ${moment(lastAt ?? openedAt)}`}
          />
        </li>
      )}
    </Listed>
  )
}
