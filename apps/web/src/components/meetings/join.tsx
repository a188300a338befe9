import type { JoinAnswer, MeetingId, UserId } from '@antiphon/client'
import { useCallback, useEffect, useRef, useState } from 'react'
import { useList } from '../../loaded.ts'
import { links } from '../../route.ts'
import { useRun } from '../../run.ts'
import { useSession } from '../../session.tsx'
import { errorText, texts } from '../../texts.ts'
import { Act, Problem } from '../act.tsx'
import { Form } from '../form.tsx'
import { Listed } from '../listed.tsx'
import { Section } from '../page.tsx'
import { Person } from '../person.tsx'
import { handEntry } from '../room/entry.ts'
import type { Entry } from '../room/useCall.ts'

const words = texts.meetings
const againMs = 5_000

interface JoinProps {
  readonly meetingId: MeetingId
  readonly asksPasscode?: boolean
  /** What happens with what opens a built-in room; it leads there unless given. */
  readonly onEntry?: (entry: Entry) => void
}

/** Joins a meeting; where the host lets in one by one, it asks again until the host has decided. */
export function Join({ meetingId, asksPasscode = false, onEntry }: JoinProps) {
  const { client } = useSession()
  const [answer, setAnswer] = useState<JoinAnswer>()
  const passcode = useRef<string>(undefined)
  const [problem, setProblem] = useState<string>()
  const join = useCallback(
    () => client.meetings.join.safe({ meetingId, passcode: passcode.current }),
    [client, meetingId],
  )
  const goIn = useCallback(
    (found: JoinAnswer) => {
      setAnswer(found)
      if (found.status !== 'admitted' || found.ticket === null) return
      const entry = { ticket: found.ticket, passcode: passcode.current }
      if (onEntry !== undefined) return onEntry(entry)
      handEntry(meetingId, entry)
      location.hash = links.meetingRoom(meetingId)
    },
    [meetingId, onEntry],
  )
  const enter = (found: JoinAnswer) => {
    goIn(found)
    if (found.status === 'admitted' && found.joinUrl !== null) open(found.joinUrl, '_blank', 'noopener')
  }
  const askAgain = useCallback(async () => {
    const asked = await join()
    if (asked.ok) return goIn(asked.data)
    setProblem(errorText(asked.error))
    if (asked.error.status >= 400 && asked.error.status < 500) setAnswer(undefined)
  }, [join, goIn])
  const isWaiting = answer?.status === 'waiting'
  useLobby(meetingId, isWaiting ? askAgain : undefined)
  useEffect(() => {
    if (!isWaiting) return
    const timer = setInterval(askAgain, againMs)
    return () => clearInterval(timer)
  }, [isWaiting, askAgain])
  return (
    <>
      <div role="status">
        {isWaiting && <p className="banner">{words.asked}</p>}
        {answer?.status === 'admitted' && answer.joinUrl != null && (
          <a className="button" href={answer.joinUrl} target="_blank" rel="noreferrer">
            {words.enter}
          </a>
        )}
      </div>
      <Problem text={problem} />
      {answer === undefined && (
        <Form
          submit={words.join}
          fields={asksPasscode ? [{ name: 'passcode', label: words.fields.passcode, autoComplete: 'off' }] : []}
          action={(given) => {
            setProblem(undefined)
            passcode.current = given.passcode || undefined
            return join()
          }}
          onDone={enter}
        />
      )}
    </>
  )
}

/** Hears that something changed in the lobby of a meeting. */
function useLobby(meetingId: MeetingId, onChange: (() => void) | undefined): void {
  const { events } = useSession()
  useEffect(() => {
    if (onChange === undefined) return
    return events.on('meeting.lobby', (event) => {
      if (event.meetingId === meetingId) onChange()
    })
  }, [events, meetingId, onChange])
}

/** Who waits to be let in, for the host. */
export function Lobby({ meetingId }: { meetingId: MeetingId }) {
  const { client } = useSession()
  const list = useList(useCallback(() => client.meetings.lobby.list.all({ meetingId }), [client, meetingId]))
  const { run, problem } = useRun(list.reload)
  useLobby(meetingId, list.reload)
  const decide = (what: 'admit' | 'deny', userId: UserId) =>
    run(({ meetings }) => meetings.lobby[what].safe({ meetingId, userIds: [userId] }))
  return (
    <Section title={words.lobby} isOpen>
      <Problem text={problem} />
      <Listed list={list} empty={words.nobodyWaits}>
        {({ userId }) => (
          <li key={userId}>
            <Person id={userId}>
              {(name) => (
                <>
                  <Act name={words.admit} of={name} className="" onClick={() => decide('admit', userId)} />
                  <Act name={words.deny} of={name} onClick={() => decide('deny', userId)} />
                </>
              )}
            </Person>
          </li>
        )}
      </Listed>
    </Section>
  )
}
