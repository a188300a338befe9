import { isAntiphonError, type Playback } from '@antiphon/client'
import { useState } from 'react'
import { texts } from '../../texts.ts'
import { lengthOf } from '../../time.ts'
import { Act, Problem } from '../act.tsx'
import { type Answer, Form } from '../form.tsx'
import { sizeOf } from '../messages/attachments.tsx'

const words = texts.recordings

const passwordFields = [
  { name: 'password', label: words.linkPassword, type: 'password', autoComplete: 'off' },
  { name: 'recordingPassword', label: words.password, type: 'password', autoComplete: 'off' },
] as const

type Passwords = Partial<Record<(typeof passwordFields)[number]['name'], string | undefined>>

interface PlayerProps {
  readonly open: (given: Passwords) => Promise<Answer<Playback>>
  readonly hint: string
}

/** Opens a recording on request, since that counts as a view, with the passwords that it asks for. */
export function Player({ open, hint }: PlayerProps) {
  const [playback, setPlayback] = useState<Playback>()
  const [asked, setAsked] = useState<readonly string[]>([])
  const begin = async ({ password, recordingPassword }: Passwords) => {
    const answer = await open({ password: password || undefined, recordingPassword: recordingPassword || undefined })
    if (!answer.ok && isAntiphonError(answer.error, 'PASSWORD_NEEDED')) {
      setAsked([...asked, ...answer.error.fields.map(({ path }) => path)])
    }
    return answer
  }
  if (playback !== undefined) return <Files playback={playback} onEnd={() => setPlayback(undefined)} />
  return (
    <>
      <Form
        submit={words.watch}
        fields={passwordFields.filter(({ name }) => asked.includes(name))}
        action={begin}
        onDone={setPlayback}
      />
      <p className="hint">{hint}</p>
    </>
  )
}

/** The button that opened it is gone, and the focus with it. */
const focus = (player: HTMLElement | null) => player?.focus()

/** Plays the files one after the other. */
function Files({ playback: { files }, onEnd }: { playback: Playback; onEnd: () => void }) {
  const [at, setAt] = useState(0)
  const [hasFailed, setFailed] = useState(false)
  const file = files[at]
  if (file === undefined) return <p className="hint">{words.empty}</p>
  const Media = file.type.startsWith('audio/') ? 'audio' : 'video'
  return (
    <>
      {hasFailed ? (
        <div className="actions">
          <Problem text={words.unplayable} />
          <Act name={words.openAgain} onClick={onEnd} />
        </div>
      ) : (
        <Media
          key={file.fileId}
          ref={focus}
          className="player"
          src={file.url}
          aria-label={file.name}
          controls
          autoPlay
          onEnded={() => setAt(Math.min(at + 1, files.length - 1))}
          onError={() => setFailed(true)}
        />
      )}
      <ol>
        {files.map(({ fileId, name, sizeBytes, durationMs, downloadUrl }, index) => (
          <li key={fileId} className="actions">
            <button
              type="button"
              className="person"
              aria-current={index === at}
              onClick={() => {
                setFailed(false)
                setAt(index)
              }}
            >
              <span className="names">
                {name}{' '}
                <small>
                  {[durationMs !== null && lengthOf(durationMs), sizeOf(sizeBytes)].filter(Boolean).join(' · ')}
                </small>
              </span>
            </button>
            {downloadUrl && (
              <a className="button quiet" href={downloadUrl} download={name} aria-label={`${words.download}: ${name}`}>
                {words.download}
              </a>
            )}
          </li>
        ))}
      </ol>
    </>
  )
}
