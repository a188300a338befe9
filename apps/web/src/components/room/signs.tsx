import type { MeetingId, RecordingId } from '@antiphon/client'
import { links } from '../../route.ts'
import { errorText, texts } from '../../texts.ts'
import { Act, Problem } from '../act.tsx'
import type { CallState } from './call.ts'
import type { OwnMedia } from './media.ts'
import type { Recording } from './useRecorder.ts'

const words = texts.room

/** What is the matter with the room, and with one's own camera and microphone. */
export function Signs({
  state: { stage, recording, locked, others },
  has,
}: {
  state: CallState
  has: OwnMedia['has']
}) {
  const lack = lacking(has)
  return (
    <div role="status">
      {stage === 'joining' && <p className="hint">{words.joining}</p>}
      {recording && <p className="banner">{words.recording}</p>}
      {locked && <p className="banner">{words.locked}</p>}
      {lack && <p className="hint">{lack}</p>}
      {stage === 'in' && others.length === 0 && <p className="hint">{words.alone}</p>}
    </div>
  )
}

function lacking({ audio, video }: OwnMedia['has']): string | undefined {
  if (!audio && !video) return words.noMedia
  if (!video) return words.noCamera
  return audio ? undefined : words.noMicrophone
}

/** How far the recording is that this page makes. */
export function Saving({
  recording,
  recordingId,
}: {
  recording: Recording
  recordingId: RecordingId | null | undefined
}) {
  const { state, problem } = recording
  return (
    <>
      {(state === 'saving' || state === 'saved') && (
        <p role="status">
          {words[state]}{' '}
          {state === 'saved' && recordingId && <a href={links.recording(recordingId)}>{words.toRecording}</a>}
        </p>
      )}
      <Problem text={problem} />
    </>
  )
}

interface OverProps {
  readonly state: CallState
  readonly meetingId: MeetingId
  readonly onAgain: () => void
}

/** Why one is in the room no more. */
export function Over({ state: { reason = 'left', error }, meetingId, onAgain }: OverProps) {
  return (
    <>
      <p className="banner" role="alert">
        {words.over[reason]} {error !== undefined && errorText(error)}
      </p>
      <p className="actions">
        <Act name={words.again} onClick={onAgain} />
        <a className="button quiet" href={links.meeting(meetingId)}>
          {words.back}
        </a>
      </p>
    </>
  )
}
