import type { Session } from '@antiphon/client'
import { useState } from 'react'
import { freshnessAt } from '../../live.ts'
import { links } from '../../route.ts'
import { type Run, useRun } from '../../run.ts'
import { texts } from '../../texts.ts'
import { briefly, fromNow } from '../../time.ts'
import { Act, Problem } from '../act.tsx'
import { Section } from '../page.tsx'
import { People } from './people.tsx'
import { providerName, State, useHost } from './words.tsx'

const words = texts.sessions
const endings: Readonly<Record<string, string>> = words.endings

interface SessionCardProps {
  readonly session: Session
  /** When the server said so. */
  readonly askedAt: number
  readonly now: number
  readonly onEnd: () => void
  readonly onChange: () => void
}

/** A session, with what can be done about it. */
export function SessionCard({ session, askedAt, now, onEnd, onChange }: SessionCardProps) {
  const { id, title, provider, startedAt, observedAt, meetingId, joinUrl, locked, recording, ending } = session
  const { run, problem } = useRun(onChange)
  const freshness = freshnessAt(session, askedAt, now)
  const name = title || words.untitled
  const host = useHost(session)
  const facts = [
    providerName(provider),
    host && words.heldBy(host),
    words.since(briefly(startedAt)),
    locked && words.locked,
    recording && words.recorded,
  ]
  const isOn = freshness !== 'ended'
  return (
    <li className="session" aria-label={name}>
      <h4>
        {name} <State is={freshness} more={freshness === 'unknown' && words.lastSeen(fromNow(observedAt, now))} />
      </h4>
      <p className="hint">{facts.filter(Boolean).join(' · ')}</p>
      <p role="status">{ending && [endings[ending.state], ending.problem].filter(Boolean).join(' ')}</p>
      <Problem text={problem} />
      {isOn && (
        <Section title={peopleIn(session)}>
          <People session={session} run={run} />
        </Section>
      )}
      <p className="actions">
        {isOn && joinUrl && (
          <a className="button" href={joinUrl} target="_blank" rel="noreferrer">
            {words.join}
          </a>
        )}
        {meetingId && (
          <a className="button quiet" href={links.meeting(meetingId)}>
            {words.meeting}
          </a>
        )}
        {session.can.lock && (
          <Act
            name={words.lock}
            of={name}
            aria-pressed={locked}
            onClick={() => run(({ sessions }) => sessions[locked ? 'unlock' : 'lock'].safe({ sessionId: id }))}
          />
        )}
        {session.can.end && <End {...{ session, name, run, onEnd }} />}
      </p>
    </li>
  )
}

/** Pressed once it stays so until the session has ended or did not in time. */
function End({ session, name, run, onEnd }: { session: Session; name: string; run: Run; onEnd: () => void }) {
  const { id: sessionId, ending } = session
  const [isBusy, setBusy] = useState(false)
  const isPending = ending?.state === 'requested' || ending?.state === 'accepted'
  const end = async () => {
    setBusy(true)
    const isDone = await run(({ sessions }) => sessions.end.safe({ sessionId }), words.sureEnd(name))
    setBusy(false)
    if (isDone) onEnd()
  }
  return <Act name={words.end} of={name} className="bad" disabled={isBusy || isPending} onClick={end} />
}

const named = 4

/** How many, and the first of them by name. */
function peopleIn({ participantCount, participants }: Session): string {
  const names = participants.slice(0, named).map(({ name }) => name || words.nameless)
  const rest = (participantCount ?? participants.length) - names.length
  if (names.length > 0 && rest > 0) names.push(words.others(rest))
  const count = participantCount === null ? words.somebody : words.people(participantCount)
  return [count, names.join(', ')].filter(Boolean).join(': ')
}
