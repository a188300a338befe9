import type { SessionId } from '@antiphon/client'
import { useCallback, useState } from 'react'
import { Act } from '../components/act.tsx'
import { Listed } from '../components/listed.tsx'
import { Page, Section } from '../components/page.tsx'
import { Accounts } from '../components/sessions/accounts.tsx'
import { RoomCard } from '../components/sessions/roomCard.tsx'
import { SessionCard } from '../components/sessions/sessionCard.tsx'
import { useNow, useSessionChanges } from '../live.ts'
import { type Loaded, useList } from '../loaded.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { fromNow } from '../time.ts'

const words = texts.sessions
const scopes = ['mine', 'all'] as const
type Scope = (typeof scopes)[number]

/** What is live, and which rooms are free. */
export function Sessions() {
  const { roles = [] } = useSession().me
  const [scope, setScope] = useState<Scope>('mine')
  return (
    <Page title={words.title}>
      {(roles.includes('admin') || roles.includes('support')) && (
        <div className="actions">
          {scopes.map((one) => (
            <Act key={one} name={words.scopes[one]} aria-pressed={one === scope} onClick={() => setScope(one)} />
          ))}
        </div>
      )}
      <Dashboard key={scope} scope={scope} />
      {roles.includes('admin') && (
        <Section title={words.accounts}>
          <Accounts />
        </Section>
      )}
    </Page>
  )
}

function Dashboard({ scope }: { scope: Scope }) {
  const { sessions } = useSession().client
  const now = useNow()
  const [ended, setEnded] = useState<readonly SessionId[]>([])
  const live = useList(
    useCallback(
      async function* () {
        const listed = new Set<SessionId>()
        for await (const session of sessions.live.all({ scope })) {
          listed.add(session.id)
          yield session
        }
        // What was ended here goes on to be shown, so that one sees that it did.
        for (const sessionId of ended.filter((id) => !listed.has(id))) {
          const found = await sessions.get.safe({ sessionId })
          if (found.ok) yield found.data
        }
      },
      [sessions, scope, ended],
    ),
  )
  const rooms = useList(useCallback(() => sessions.available.all({ scope }), [sessions, scope]))
  const reload = useCallback(() => {
    live.reload()
    rooms.reload()
  }, [live.reload, rooms.reload])
  useSessionChanges(reload)
  const oldest = Math.min(live.askedAt ?? now, rooms.askedAt ?? now)
  return (
    <>
      <p className="banner" role="status">
        {[live, rooms].some((list) => isStale(list, now)) && words.stale(fromNow(oldest, now))}
      </p>
      <div className="sides">
        <section>
          <h3>{words.live}</h3>
          <Listed list={live} empty={words.none}>
            {(session) => (
              <SessionCard
                key={session.id}
                {...{ session, now, askedAt: live.askedAt ?? now, onChange: reload }}
                onEnd={() => setEnded((known) => [...new Set([...known, session.id])])}
              />
            )}
          </Listed>
        </section>
        <section>
          <h3>{words.available}</h3>
          <Listed list={rooms} empty={words.noRooms}>
            {(room) => <RoomCard key={room.roomId} {...{ room, now, isStale: isStale(rooms, now) }} />}
          </Listed>
        </section>
      </div>
    </>
  )
}

const twoPeriodsMs = 60_000

/** What is shown may not be so any more. */
function isStale({ askedAt, problem }: Loaded<unknown>, now: number): boolean {
  return askedAt !== undefined && (problem !== undefined || now - askedAt > twoPeriodsMs)
}
