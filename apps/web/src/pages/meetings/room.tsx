import type { Meeting, MeetingId } from '@antiphon/client'
import { useCallback, useEffect, useMemo, useState } from 'react'
import { Act, Problem } from '../../components/act.tsx'
import { Join } from '../../components/meetings/join.tsx'
import { Page } from '../../components/page.tsx'
import { HostControls, OwnControls } from '../../components/room/controls.tsx'
import { dropEntry, takeEntry } from '../../components/room/entry.ts'
import { Over, Saving, Signs } from '../../components/room/signs.tsx'
import { Tile } from '../../components/room/tile.tsx'
import { type Entry, type Joined, useCall } from '../../components/room/useCall.ts'
import { useRecorder } from '../../components/room/useRecorder.ts'
import { useLoaded } from '../../loaded.ts'
import { nameOf } from '../../people.ts'
import { links } from '../../route.ts'
import { type Run, useRun } from '../../run.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'

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
  const joined = useCall(meetingId, entry)
  const { state } = joined ?? {}
  const isOver = state?.stage === 'over'
  const recording = useRecorder(state?.seat, isOver, useScene(joined), meeting?.title ?? words.one)
  const { run, problem } = useRun()
  if (joined === undefined || state === undefined) return <p className="notice late">{words.asking}</p>
  const saving = <Saving recording={recording} recordingId={meeting?.recordingId} />
  if (isOver) {
    return (
      <>
        <Over {...{ state, meetingId, onAgain }} />
        {saving}
      </>
    )
  }
  const { seat, locked } = state
  const isHost = seat?.role === 'host'
  return (
    <>
      <Signs state={state} has={joined.media.has} />
      <Tiles joined={joined} run={isHost ? run : undefined} />
      <Problem text={problem} />
      {saving}
      <div className="actions">
        <OwnControls joined={joined} />
        {isHost && <HostControls {...{ seat, locked, recording, run }} />}
      </div>
    </>
  )
}

/** Everybody in the room; the host can send them out. */
function Tiles({ joined: { media, state, switches: own }, run }: { joined: Joined; run: Run | undefined }) {
  const { seat, others } = state
  const kick = (participantKey: string, name: string) =>
    seat &&
    run?.(({ sessions }) => sessions.kick.safe({ sessionId: seat.sessionId, participantKey }), words.sureKick(name))
  return (
    <ul className="tiles" aria-label={words.people}>
      <Tile
        name={words.you}
        stream={media.stream}
        isOwn
        switches={{ audio: own.audio, video: own.video && media.has.video }}
      />
      {others.map(({ key, name, stream, isConnected, switches }) => (
        <Tile key={key} name={name || words.somebody} {...{ stream, isConnected, switches }}>
          {run && <Act name={words.kick} of={name} onClick={() => kick(key, name)} />}
        </Tile>
      ))}
    </ul>
  )
}

/** What a recording shows: everybody, with oneself first. */
function useScene(joined: Joined | undefined) {
  const { me } = useSession()
  const stream = joined?.media.stream
  const hasPicture = joined?.switches.video ?? false
  const others = joined?.state.others
  return useMemo(() => {
    if (stream === undefined || others === undefined) return []
    const own = { stream, name: nameOf(me), hasPicture }
    return [own, ...others.map(({ stream, name, switches }) => ({ stream, name, hasPicture: switches.video }))]
  }, [stream, hasPicture, others, me])
}
