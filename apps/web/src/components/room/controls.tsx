import type { AntiphonClient, JoinedPeer } from '@antiphon/client'
import type { Run } from '../../run.ts'
import { texts } from '../../texts.ts'
import { Act } from '../act.tsx'
import { canRecord } from './recorder.ts'
import type { Joined } from './useCall.ts'
import type { Recording } from './useRecorder.ts'

const words = texts.room

/** What everybody can do in the room. */
export function OwnControls({ joined: { media, call, switches } }: { joined: Joined }) {
  return (
    <>
      <Act
        name={switches.audio ? words.mute : words.unmute}
        disabled={!media.has.audio}
        onClick={() => call.switch('audio', !switches.audio)}
      />
      <Act
        name={switches.video ? words.cameraOff : words.cameraOn}
        disabled={!media.has.video}
        onClick={() => call.switch('video', !switches.video)}
      />
      <Act name={words.leave} className="" onClick={() => call.leave()} />
    </>
  )
}

interface HostControlsProps {
  readonly seat: JoinedPeer
  readonly locked: boolean
  readonly recording: Recording
  readonly run: Run
}

/** What the host can do with it. */
export function HostControls({ seat: { sessionId }, locked, recording, run }: HostControlsProps) {
  const { state, start, stop } = recording
  const isRecording = state === 'on'
  const lock = ({ sessions }: AntiphonClient) => sessions[locked ? 'unlock' : 'lock'].safe({ sessionId })
  return (
    <>
      <Act name={locked ? words.unlock : words.lock} onClick={() => run(lock)} />
      {canRecord && (
        <Act
          name={isRecording ? words.stopRecording : words.record}
          disabled={state === 'starting' || state === 'saving'}
          onClick={isRecording ? stop : start}
        />
      )}
      <Act
        name={words.end}
        className="bad"
        onClick={() => run(({ sessions }) => sessions.end.safe({ sessionId }), words.sureEnd)}
      />
    </>
  )
}
