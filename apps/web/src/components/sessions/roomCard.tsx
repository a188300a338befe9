import type { AvailableRoom } from '@antiphon/client'
import { links } from '../../route.ts'
import { texts } from '../../texts.ts'
import { fromNow, moment } from '../../time.ts'
import { Copy } from '../act.tsx'
import { providerName, State, useHost } from './words.tsx'

const words = texts.sessions

interface RoomCardProps {
  readonly room: AvailableRoom
  readonly now: number
  /** What is said of it may not be so any more. */
  readonly isStale: boolean
}

/** A room that nobody is in, with the quick link to it. */
export function RoomCard({ room, now, isStale }: RoomCardProps) {
  const { title, provider, freshness, meetingId, joinUrl, passcode, nextAt, lastUsedAt } = room
  const name = title || words.untitled
  const host = useHost(room)
  const facts = [
    providerName(provider),
    host && words.heldBy(host),
    nextAt && words.next(moment(nextAt)),
    lastUsedAt && words.lastUsed(fromNow(lastUsedAt, now)),
  ]
  return (
    <li className="session" aria-label={name}>
      <h4>
        {name} <State is={freshness === 'empty' && !isStale ? 'empty' : 'unknown'} />
      </h4>
      <p className="hint">{facts.filter(Boolean).join(' · ')}</p>
      {passcode && <p className="hint">{words.passcode(passcode)}</p>}
      <p className="actions">
        {joinUrl && (
          <>
            <a className="button" href={joinUrl} target="_blank" rel="noreferrer">
              {words.join}
            </a>
            <Copy
              name={words.copyLink}
              of={name}
              text={[joinUrl, passcode && words.passcode(passcode)].filter(Boolean).join('\n')}
            />
          </>
        )}
        {meetingId && (
          <a className="button quiet" href={links.meeting(meetingId)}>
            {words.meeting}
          </a>
        )}
      </p>
    </li>
  )
}
