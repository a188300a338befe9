import type { Session } from '@antiphon/client'
import { useCallback } from 'react'
import { useSessionChanges } from '../../live.ts'
import { useList } from '../../loaded.ts'
import type { Run } from '../../run.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { briefly } from '../../time.ts'
import { Act } from '../act.tsx'
import { Entry, Listed } from '../listed.tsx'

const words = texts.sessions

/** Who is in a session now. */
export function People({ session: { id: sessionId, can }, run }: { session: Session; run: Run }) {
  const { sessions } = useSession().client
  const list = useList(useCallback(() => sessions.participants.all({ sessionId }), [sessions, sessionId]))
  useSessionChanges(list.reload)
  return (
    <Listed list={list} empty={words.nobody}>
      {({ key, name, joinedAt }) => (
        <Entry
          key={`${key} ${joinedAt.getTime()}`}
          name={name || words.nameless}
          detail={words.since(briefly(joinedAt))}
        >
          {can.kick && (
            <Act
              name={words.kick}
              of={name}
              onClick={() =>
                run(
                  () => sessions.kick.safe({ sessionId, participantKey: key }),
                  words.sureKick(name || words.nameless),
                )
              }
            />
          )}
        </Entry>
      )}
    </Listed>
  )
}
