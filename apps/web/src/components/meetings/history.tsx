import type { MeetingId, SessionId } from '@antiphon/client'
import { useCallback } from 'react'
import { download } from '../../download.ts'
import { useList } from '../../loaded.ts'
import { useRun } from '../../run.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { moment, span } from '../../time.ts'
import { Act, Problem } from '../act.tsx'
import { attempt } from '../form.tsx'
import { Entry, Listed } from '../listed.tsx'
import { Section } from '../page.tsx'

const words = texts.sessions

/** The sessions that a meeting had, and who was in them. */
export function History({ meetingId }: { meetingId: MeetingId }) {
  const { sessions } = useSession().client
  const list = useList(useCallback(() => sessions.history.all({ meetingId }), [sessions, meetingId]))
  const { run, problem } = useRun()
  const keep = async () => {
    const { fileName, text } = await sessions.export({ meetingId })
    download(fileName, [text], 'text/csv')
  }
  return (
    <>
      <Listed list={list} empty={words.noHistory}>
        {({ id, startedAt, endedAt }) => (
          <li key={id}>
            <Section title={endedAt === null ? words.from(moment(startedAt)) : span(startedAt, endedAt)}>
              <Stays sessionId={id} />
            </Section>
          </li>
        )}
      </Listed>
      {list.data && list.data.length > 0 && <Act name={words.saveHistory} onClick={() => run(() => attempt(keep))} />}
      <Problem text={problem} />
    </>
  )
}

/** Who was in a session, from when to when: each time that they were. */
function Stays({ sessionId }: { sessionId: SessionId }) {
  const { sessions } = useSession().client
  const list = useList(
    useCallback(() => sessions.participants.all({ sessionId, present: false }), [sessions, sessionId]),
  )
  return (
    <Listed list={list} empty={words.nobody}>
      {({ key, name, joinedAt, leftAt }) => (
        <Entry
          key={`${key} ${joinedAt.getTime()}`}
          name={name || words.nameless}
          detail={leftAt === null ? words.from(moment(joinedAt)) : span(joinedAt, leftAt)}
        />
      )}
    </Listed>
  )
}
