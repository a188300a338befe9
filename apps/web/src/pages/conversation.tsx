import type { Room, RoomId } from '@antiphon/client'
import { useEffect, useRef } from 'react'
import { statusText } from '../components/avatar.tsx'
import { Composer } from '../components/composer.tsx'
import { MessageList } from '../components/messageList.tsx'
import { Notice } from '../components/notice.tsx'
import { useRoomName } from '../components/roomList.tsx'
import { nameOf, usePerson } from '../people.ts'
import { usePresence } from '../presences.ts'
import { useRoomState } from '../roomView.ts'
import { links } from '../route.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'

export function Conversation({ roomId, room }: { roomId: RoomId; room: Room | undefined }) {
  const { room: viewOf } = useSession()
  const view = viewOf(roomId)
  const state = useRoomState(view)
  const { name, detail } = useRoomName(room)
  const presence = usePresence(room?.peerId)
  const isLoaded = state.cursor !== undefined
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
      </header>
      <p className="banner lost" role="status">
        {isLoaded && state.problem !== undefined && texts.lost}
      </p>
      {isLoaded ? <MessageList state={state} view={view} /> : <Notice problem={state.problem} onRetry={view.refresh} />}
      {(isLoaded || state.problem === undefined) && <Composer onSend={view.send} />}
      <Announcer state={state} />
    </section>
  )
}

/** Reads out what others write while the room is open. */
function Announcer({ state }: { state: ReturnType<typeof useRoomState> }) {
  const { me } = useSession()
  const isLoaded = state.cursor !== undefined
  const opened = useRef<number>(undefined)
  if (isLoaded) opened.current ??= state.last
  const newest = state.messages.findLast(({ senderId }) => senderId !== me.id)
  const sender = usePerson(newest?.senderId)
  const isNew = newest !== undefined && newest.seq > (opened.current ?? Number.POSITIVE_INFINITY)
  return (
    <p className="hidden" aria-live="polite">
      {isNew && texts.announce(nameOf(sender), newest.body)}
    </p>
  )
}
