import type { Recording, RecordingFile, RecordingId } from '@antiphon/client'
import { useCallback } from 'react'
import { Act, Problem } from '../components/act.tsx'
import { attempt, Form } from '../components/form.tsx'
import { Entry } from '../components/listed.tsx'
import { ChosenFiles, sizeOf, useChosen } from '../components/messages/attachments.tsx'
import { Notice } from '../components/notice.tsx'
import { Page, Section } from '../components/page.tsx'
import { Links } from '../components/recordings/links.tsx'
import { Player } from '../components/recordings/player.tsx'
import { Viewers } from '../components/recordings/viewers.tsx'
import { Views } from '../components/recordings/views.tsx'
import { useLoaded } from '../loaded.ts'
import { links } from '../route.ts'
import { type Run, useRun } from '../run.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'

const words = texts.recordings

export function RecordingPage({ recordingId }: { recordingId: RecordingId }) {
  const { client, me } = useSession()
  const { recordings } = client.meetings
  const {
    data: recording,
    problem,
    reload,
  } = useLoaded(useCallback(() => recordings.get({ recordingId }), [recordings, recordingId]))
  const { run, problem: refusal } = useRun(reload)
  if (recording === undefined) {
    return (
      <Page title={words.one} back={links.recordings}>
        <Notice problem={problem} onRetry={reload} />
      </Page>
    )
  }
  const { title, meetingId, files, ownerId } = recording
  const remove = async () => {
    const isDone = await run(() => recordings.remove.safe({ recordingId }), words.sureRemove)
    if (isDone) location.replace(links.recordings)
  }
  return (
    <Page title={title} back={links.recordings}>
      <Problem text={refusal ?? problem} />
      {files.length === 0 ? (
        <p className="hint">{words.empty}</p>
      ) : (
        <Player
          open={({ password }) => recordings.playback.safe({ recordingId, password })}
          hint={ownerId === me.id ? '' : words.noted}
        />
      )}
      {meetingId && (
        <a className="link" href={links.meeting(meetingId)}>
          {words.toMeeting}
        </a>
      )}
      {ownerId === me.id && (
        <>
          <Section title={words.parts} isOpen>
            <Files recording={recording} run={run} />
          </Section>
          <Section title={words.access}>
            <Access recording={recording} run={run} onDone={reload} />
          </Section>
          <Section title={words.viewers}>
            <Viewers recordingId={recordingId} />
          </Section>
          <Section title={words.links}>
            <Links recording={recording} />
          </Section>
          <Section title={words.views}>
            <Views recordingId={recordingId} />
          </Section>
          <Act name={words.remove} onClick={remove} />
        </>
      )}
    </Page>
  )
}

const states: Readonly<Record<string, string>> = words.states

function Files({ recording: { id: recordingId, files }, run }: { recording: Recording; run: Run }) {
  const chosen = useChosen()
  const add = async () => {
    const addUploads = chosen.ready?.map(({ uploadId }) => uploadId)
    if (await run(({ meetings }) => meetings.recordings.update.safe({ recordingId, addUploads }))) chosen.clear()
  }
  const remove = ({ id }: RecordingFile) =>
    run(({ meetings }) => meetings.recordings.update.safe({ recordingId, removeFiles: [id] }), words.sureRemoveFile)
  const detailOf = ({ sizeBytes, source, state, problem }: RecordingFile) => {
    const isRecorded = source === 'room' && state === 'copying'
    return [sizeBytes !== null && sizeOf(sizeBytes), isRecorded ? words.recorded : states[state], problem]
      .filter(Boolean)
      .join(' · ')
  }
  return (
    <>
      <ul>
        {files.map((file) => (
          <Entry key={file.id} name={file.name} detail={detailOf(file)}>
            <Act name={texts.acts.remove} of={file.name} onClick={() => remove(file)} />
          </Entry>
        ))}
      </ul>
      <div className="actions">
        <ChosenFiles chosen={chosen} label={texts.attach} accept="video/*,audio/*" />
        {chosen.list.length > 0 && (
          <button type="button" disabled={chosen.ready === undefined} onClick={add}>
            {words.add}
          </button>
        )}
      </div>
    </>
  )
}

interface AccessProps {
  readonly recording: Recording
  readonly run: Run
  readonly onDone: () => void
}

function Access({ recording, run, onDone }: AccessProps) {
  const { client } = useSession()
  const { id: recordingId, visibility, membersMayDownload, hasPassword, title } = recording
  const { recordings } = client.meetings
  const seen = visibilityOf(visibility)
  return (
    <>
      <Form
        submit={texts.save}
        fields={[
          { name: 'title', label: words.name, defaultValue: title, maxLength: 200 },
          {
            ...{ name: 'visibility', label: words.visibility, defaultValue: visibility },
            options: Object.entries(words.visibilities),
          },
          {
            ...{ name: 'membersMayDownload', label: words.membersMayDownload, type: 'checkbox' },
            defaultChecked: membersMayDownload,
          },
          {
            ...{ name: 'password', label: words.newPassword, hint: words.newPasswordHint, type: 'password' },
            autoComplete: 'new-password',
          },
        ]}
        action={(given) =>
          attempt(async () => {
            if (given.title !== title) await recordings.update({ recordingId, title: given.title })
            await recordings.setVisibility({
              recordingId,
              visibility: visibilityOf(given.visibility),
              membersMayDownload: given.membersMayDownload === 'on',
              password: given.password || undefined,
            })
          })
        }
        onDone={onDone}
        done={texts.saved}
      />
      {hasPassword && (
        <p className="hint">
          {words.hasPassword}{' '}
          <Act
            name={words.noPassword}
            onClick={() => run(() => recordings.setVisibility.safe({ recordingId, visibility: seen, password: null }))}
          />
        </p>
      )}
    </>
  )
}

/** What this page does not know stays hidden. */
function visibilityOf(text: string): 'private' | 'link' | 'members' {
  return text === 'link' || text === 'members' ? text : 'private'
}
