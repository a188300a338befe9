import { createClient, type MeetingId } from '@antiphon/client'
import { useEffect, useState } from 'react'
import { useSession } from '../../session.tsx'
import { Call, type CallState } from './call.ts'
import { type OwnMedia, openMedia } from './media.ts'

/** What lets somebody into the room of a meeting. */
export interface Entry {
  readonly ticket: string
  readonly passcode: string | undefined
}

export interface Joined {
  readonly media: OwnMedia
  readonly call: Call
  readonly state: CallState
  readonly switches: Call['switches']
}

/** Being in the room of a meeting for as long as the page shows it; undefined while camera and microphone are asked for. */
export function useCall(meetingId: MeetingId, { ticket, passcode }: Entry): Joined | undefined {
  const { client, events } = useSession()
  const [joined, setJoined] = useState<Joined>()
  useEffect(() => {
    let stop = () => {}
    let isGone = false
    const leaving = createClient({
      ...{ url: location.origin, session: 'cookie' },
      // It goes through although the page goes away.
      fetch: (input, init) => fetch(input, { ...init, keepalive: true }),
    })
    const start = async () => {
      const media = await openMedia()
      if (isGone) return media.close()
      const onChange = () => {
        if (call.state.stage === 'over') media.close()
        setJoined({ media, call, state: call.state, switches: call.switches })
      }
      const call = new Call({ client, events, meetingId, ticket, passcode, own: media.stream, onChange })
      const leave = () => call.leave(leaving)
      addEventListener('pagehide', leave)
      setJoined({ media, call, state: call.state, switches: call.switches })
      stop = () => {
        removeEventListener('pagehide', leave)
        call.leave()
        media.close()
      }
    }
    void start()
    return () => {
      isGone = true
      stop()
    }
  }, [client, events, meetingId, ticket, passcode])
  return joined
}
