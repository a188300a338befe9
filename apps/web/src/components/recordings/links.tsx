import type { Recording, RecordingLink } from '@antiphon/client'
import { useCallback, useState } from 'react'
import { useList } from '../../loaded.ts'
import { useRun } from '../../run.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { atClock, moment, ownZone } from '../../time.ts'
import { Act, Problem, Secret } from '../act.tsx'
import { attempt, Form } from '../form.tsx'
import { Entry, Listed } from '../listed.tsx'

const words = texts.recordings

const fields = [
  { name: 'name', label: words.linkName, maxLength: 100 },
  { name: 'password', label: texts.password, hint: words.optional, type: 'password', autoComplete: 'new-password' },
  { name: 'expiresAt', label: words.expiresAt, hint: words.optional, type: 'datetime-local' },
  { name: 'maxViews', label: words.maxViews, hint: words.optional, inputMode: 'numeric' },
  { name: 'mayDownload', label: words.mayDownload, type: 'checkbox' },
] as const

/** Links to a recording, for people without an account, too. */
export function Links({ recording: { id: recordingId, visibility } }: { recording: Recording }) {
  const { recordings } = useSession().client.meetings
  const list = useList(useCallback(() => recordings.listLinks.all({ recordingId }), [recordings, recordingId]))
  const { run, problem } = useRun(list.reload)
  const [url, setUrl] = useState<string>()
  return (
    <>
      {visibility !== 'link' && <p className="hint">{words.linksOff}</p>}
      <Problem text={problem} />
      <Listed list={list} empty={words.noLinks}>
        {(link) => (
          <Entry key={link.id} name={link.name} detail={detailOf(link)}>
            {link.revokedAt === null && (
              <Act
                name={words.revoke}
                of={link.name}
                onClick={() => run(() => recordings.revokeLink.safe({ linkId: link.id }))}
              />
            )}
          </Entry>
        )}
      </Listed>
      {url && <Secret url={url} label={words.linkShown} />}
      <Form
        submit={words.createLink}
        isForMore
        fields={fields}
        action={({ name, password, expiresAt, maxViews, mayDownload }) =>
          attempt(async () =>
            recordings.createLink({
              ...{ recordingId, name, password: password || undefined, mayDownload: mayDownload === 'on' },
              expiresAt: expiresAt ? atClock(expiresAt, ownZone) : undefined,
              maxViews: maxViews ? Number(maxViews) || 0 : undefined,
            }),
          )
        }
        onDone={(created) => {
          setUrl(created.url)
          list.reload()
        }}
      />
    </>
  )
}

function detailOf({ revokedAt, views, maxViews, expiresAt, hasPassword, mayDownload }: RecordingLink): string {
  return [
    revokedAt && words.revoked,
    words.opened(views, maxViews),
    expiresAt && words.until(moment(expiresAt)),
    hasPassword && words.withPassword,
    mayDownload && words.canDownload,
  ]
    .filter(Boolean)
    .join(' · ')
}
