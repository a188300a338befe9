import type { Meeting, MeetingId } from '@antiphon/client'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { Act, Problem } from '../components/act.tsx'
import { Join } from '../components/meetings/join.tsx'
import { Page } from '../components/page.tsx'
import type { CallState } from '../components/room/call.ts'
import { dropEntry, takeEntry } from '../components/room/entry.ts'
import { canRecord } from '../components/room/recorder.ts'
import { Tile } from '../components/room/tile.tsx'
import { type Entry, useCall } from '../components/room/useCall.ts'
import { useRecorder } from '../components/room/useRecorder.ts'
import { useLoaded } from '../loaded.ts'
import { nameOf } from '../people.ts'
import { links } from '../route.ts'
import { useRun } from '../run.ts'
import { useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'

const words = texts.room

/** The built-in room of a meeting. Who was not led here joins first. */
export function RoomPage({ meetingId }: { meetingId: MeetingId }) {
  const { client } = useSession()
  const [entry, setEntry] = useState(() => takeEntry(meetingId))
  useEffect(dropEntry, [])
  const load = useCallback(() => client.meetings.get.safe({ meetingId }), [client, meetingId])
  const { data } = useLoaded(load)
  const meeting = data?.ok ? data.data : undefined
  return (
    <Page title={meeting ? words.title(meeting.title) : words.one} back={links.meeting(meetingId)}>
      {entry ? (
        <Room key={entry.ticket} {...{ meetingId, meeting, entry }} onAgain={() => setEntry(undefined)} />
      ) : (
        data && <Join meetingId={meetingId} asksPasscode={!data.ok} onEntry={setEntry} />
      )}
    </Page>
  )
}

interface RoomProps {
  readonly meetingId: MeetingId
  readonly meeting: Meeting | undefined
  readonly entry: Entry
  readonly onAgain: () => void
}

function Room({ meetingId, meeting, entry, onAgain }: RoomProps) {
  const { me } = useSession()
  const joined = useCall(meetingId, entry)
  const state = joined?.state
  const ownStream = joined?.media.stream
  const ownSwitches = joined?.switches
  const others = state?.others
  const shown = useMemo(() => {
    if (ownStream === undefined || ownSwitches === undefined) return []
    const own = { stream: ownStream, name: nameOf(me), hasPicture: ownSwitches.video }
    return [own, ...(others ?? []).map(({ stream, name, switches }) => ({ stream, name, hasPicture: switches.video }))]
  }, [ownStream, ownSwitches, others, me])
  const recorder = useRecorder(state?.seat, state?.stage === 'over', shown, meeting?.title ?? words.one)
  const { run, problem } = useRun()
  if (joined === undefined || state === undefined) return <p className="notice late">{words.asking}</p>
  const isSaved = recorder.state === 'saving' || recorder.state === 'saved'
  const saving = isSaved && (
    <p role="status">
      {words[recorder.state === 'saving' ? 'saving' : 'saved']}{' '}
      {recorder.state === 'saved' && meeting?.recordingId && (
        <a href={links.recording(meeting.recordingId)}>{words.toRecording}</a>
      )}
    </p>
  )
  if (state.stage === 'over') {
    return (
      <>
        <Over {...{ state, meetingId, onAgain }} />
        {saving}
        <Problem text={recorder.problem} />
      </>
    )
  }
  const { media, call, switches } = joined
  const { seat } = state
  const isHost = seat?.role === 'host'
  const kick = (participantKey: string, name: string) =>
    seat &&
    run(({ sessions }) => sessions.kick.safe({ sessionId: seat.sessionId, participantKey }), words.sureKick(name))
  return (
    <>
      <div role="status">
        {state.stage === 'joining' && <p className="hint">{words.joining}</p>}
        {state.recording && <p className="banner">{words.recording}</p>}
        {state.locked && <p className="banner">{words.locked}</p>}
        {lacking(media.has) && <p className="hint">{lacking(media.has)}</p>}
        {state.stage === 'in' && state.others.length === 0 && <p className="hint">{words.alone}</p>}
      </div>
      <ul className="tiles" aria-label={words.people}>
        <Tile
          name={words.you}
          stream={media.stream}
          isOwn
          switches={{ ...switches, video: switches.video && media.has.video }}
        />
        {state.others.map(({ key, name, stream, isConnected, switches }) => (
          <Tile key={key} name={name || words.somebody} {...{ stream, isConnected, switches }}>
            {isHost && <Act name={words.kick} of={name} onClick={() => kick(key, name)} />}
          </Tile>
        ))}
      </ul>
      <Problem text={problem ?? recorder.problem} />
      {saving}
      <div className="actions">
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
        {isHost && (
          <>
            <Act
              name={state.locked ? words.unlock : words.lock}
              onClick={() =>
                run(({ sessions }) => sessions[state.locked ? 'unlock' : 'lock'].safe({ sessionId: seat.sessionId }))
              }
            />
            {canRecord && (
              <Act
                name={recorder.state === 'on' ? words.stopRecording : words.record}
                disabled={recorder.state === 'starting' || recorder.state === 'saving'}
                onClick={recorder.state === 'on' ? recorder.stop : recorder.start}
              />
            )}
            <Act
              name={words.end}
              onClick={() => run(({ sessions }) => sessions.end.safe({ sessionId: seat.sessionId }), words.sureEnd)}
            />
          </>
        )}
        <Act name={words.leave} className="" onClick={() => call.leave()} />
      </div>
    </>
  )
}

function lacking({ audio, video }: { audio: boolean; video: boolean }): string | undefined {
  if (!audio && !video) return words.noMedia
  if (!video) return words.noCamera
  return audio ? undefined : words.noMicrophone
}

function Over({ state, meetingId, onAgain }: { state: CallState; meetingId: MeetingId; onAgain: () => void }) {
  const { reason = 'left', error } = state
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
