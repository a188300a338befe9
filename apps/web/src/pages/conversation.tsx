import type { RoomId, RoomSnapshot } from '@antiphon/client'
import { useEffect, useRef, useState } from 'react'
import { statusText } from '../components/avatar.tsx'
import { Composer, type Draft } from '../components/messages/composer.tsx'
import { MessageList } from '../components/messages/list.tsx'
import { Notice } from '../components/notice.tsx'
import { useRoomName } from '../components/roomList.tsx'
import { nameOf, usePerson } from '../people.ts'
import { links } from '../route.ts'
import { useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'
import { usePresences, useRoom } from '../views.ts'

export function Conversation({ roomId, seq }: { roomId: RoomId; seq: number | undefined }) {
  const { view, state } = useRoom(roomId)
  const [draft, setDraft] = useState<Draft>()
  const { name, detail } = useRoomName(state.room)
  const [presence] = usePresences([state.room?.peerId]).values()
  const { status, error, room } = state
  const isLoaded = status !== 'loading'
  useEffect(() => {
    document.title = `${name} · ${texts.title}`
    return () => {
      document.title = texts.title
    }
  }, [name])
  return (
    <section className="conversation" aria-labelledby="room-name">
      <header>
        <a className="back" href={links.home} aria-label={texts.back}>
          ←
        </a>
        <h2 id="room-name">{name}</h2>
        <small>{presence ? statusText(presence) : detail}</small>
        {room?.role && (
          <a className="button quiet" href={links.info(roomId)}>
            {texts.details}
          </a>
        )}
      </header>
      <div role="status">{status === 'behind' && <p className="banner lost late">{texts.lost}</p>}</div>
      {isLoaded ? (
        <MessageList state={state} view={view} wanted={seq} onDraft={setDraft} />
      ) : (
        <Notice problem={error && errorText(error)} onRetry={() => view.verify().catch(() => {})} />
      )}
      {isLoaded && <Foot state={state} />}
      {isLoaded && status !== 'gone' && room?.archivedAt == null && (
        <Composer view={view} state={state} draft={draft} onDraft={setDraft} />
      )}
      {isLoaded && <Announcer state={state} />}
    </section>
  )
}

/** Who is writing, or why nobody can. */
function Foot({ state: { status, room, typing } }: { state: RoomSnapshot }) {
  const { client } = useSession()
  const [first, ...others] = typing
  const name = nameOf(usePerson(first))
  const [problem, setProblem] = useState<string>()
  if (status === 'gone' && room?.access === 'open') {
    const join = async () => {
      const joined = await client.messages.rooms.join.safe({ roomId: room.id })
      setProblem(joined.ok ? undefined : errorText(joined.error))
    }
    return (
      <p className="banner">
        {problem}{' '}
        <button type="button" onClick={join}>
          {texts.join}
        </button>
      </p>
    )
  }
  if (status === 'gone') return <p className="banner">{texts.notThere}</p>
  if (room?.archivedAt != null) return <p className="banner">{texts.isArchived}</p>
  return <p className="typing">{first && texts.typing(name, others.length)}</p>
}

/** Reads out what others write while the room is open. */
function Announcer({ state }: { state: RoomSnapshot }) {
  const { me } = useSession()
  const opened = useRef(state.lastSeq)
  const newest = state.messages.findLast(({ senderId }) => senderId !== me.id)
  const sender = usePerson(newest?.senderId)
  return (
    <p className="hidden" aria-live="polite">
      {newest && newest.seq > opened.current && texts.announce(nameOf(sender), newest.body)}
    </p>
  )
}
