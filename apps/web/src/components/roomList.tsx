import type { Room, RoomId, UnreadRoom } from '@antiphon/client'
import { useState } from 'react'
import { nameOf, usePerson } from '../people.ts'
import { usePresence } from '../presences.ts'
import type { Rooms } from '../rooms.ts'
import { links } from '../route.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { briefly } from '../time.ts'
import { Avatar, Names } from './avatar.tsx'
import { Notice } from './notice.tsx'

export function RoomList({ rooms, openId }: { rooms: Rooms; openId: RoomId | undefined }) {
  const { list, unread, problem, more } = rooms
  return (
    <nav className="rooms" aria-label={texts.conversations}>
      <Account />
      <header>
        <h1 className="hidden">{texts.title}</h1>
        <a className="button" href={links.new}>
          <span aria-hidden="true">+</span> {texts.newShort}
          <span className="hidden"> {texts.conversation}</span>
        </a>
        <a className="button quiet" href={links.search}>
          {texts.search}
        </a>
        <a className="button quiet" href={links.open}>
          {texts.openRooms}
        </a>
        <a className="button quiet" href={links.friends}>
          {texts.friends}
        </a>
      </header>
      <div className="scroll">
        {list === undefined ? (
          <Notice problem={problem} />
        ) : (
          <ul>
            {list.map((room) => (
              <li key={room.id}>
                <RoomLink room={room} isOpen={room.id === openId} unread={unread.get(room.id)} />
              </li>
            ))}
          </ul>
        )}
        {list?.length === 0 && <p className="notice">{texts.noConversations}</p>}
        {more && (
          <button type="button" className="quiet" onClick={more}>
            {texts.showMore}
          </button>
        )}
      </div>
    </nav>
  )
}

/** Who you are here. */
function Account() {
  const { me, signOut } = useSession()
  const [problem, setProblem] = useState<string>()
  const presence = usePresence(me.id)
  return (
    <header className="account">
      <a className="person" href={links.profile}>
        <Avatar name={nameOf(me)} id={me.id} presence={presence} />
        <Names user={me} />
      </a>
      <button type="button" className="quiet" onClick={async () => setProblem(await signOut())}>
        {texts.signOut}
      </button>
      <p className="problem" role="alert">
        {problem}
      </p>
    </header>
  )
}

interface RoomLinkProps {
  readonly room: Room
  readonly isOpen: boolean
  readonly unread: UnreadRoom | undefined
}

function RoomLink({ room, isOpen, unread }: RoomLinkProps) {
  const { name, detail, colour } = useRoomName(room)
  const presence = usePresence(room.peerId)
  return (
    <a className="person" href={links.room(room.id)} aria-current={isOpen ? 'page' : undefined}>
      <Avatar name={name} id={colour} presence={presence} />
      <span className="names">
        {name} <small>{detail}</small>
      </span>
      <span className="when">
        <time dateTime={room.lastEventAt.toISOString()}>{briefly(room.lastEventAt)}</time>
        {unread && (
          <b className="count">
            {unread.mentions > 0 && '@ '}
            {unread.count < 1_000 ? unread.count : '999+'}
            <span className="hidden"> {texts.unread}</span>
          </b>
        )}
      </span>
    </a>
  )
}

/** What to call a room: a direct one after the other person. */
export function useRoomName(room: Room | undefined): { name: string; detail: string; colour: string } {
  const { me } = useSession()
  const peer = usePerson(room?.peerId)
  if (room === undefined) return { name: texts.unknownRoom, detail: '', colour: '' }
  if (room.kind === 'group') return { name: room.name, detail: room.topic || texts.group, colour: room.id }
  if (room.peerId === me.id) return { name: nameOf(me), detail: texts.notes, colour: me.id }
  const isThere = peer !== undefined && peer.removedAt === undefined
  return { name: nameOf(peer), detail: isThere ? `@${peer.userName}` : '', colour: room.peerId ?? '' }
}
