import type { Room, RoomId } from '@antiphon/client'
import { nameOf, usePerson } from '../people.ts'
import type { Rooms } from '../rooms.ts'
import { links } from '../route.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'
import { briefly } from '../time.ts'
import { Avatar } from './avatar.tsx'
import { Notice } from './notice.tsx'

export function RoomList({ rooms, openId }: { rooms: Rooms; openId: RoomId | undefined }) {
  const { me, signOut } = useSession()
  const { list, problem, more } = rooms
  return (
    <nav className="rooms" aria-label={texts.conversations}>
      <header>
        <h1>{texts.title}</h1>
        <a className="button" href={links.new}>
          <span aria-hidden="true">+</span> {texts.newConversation}
        </a>
      </header>
      <div className="scroll">
        {list === undefined ? (
          <Notice problem={problem} />
        ) : (
          <ul>
            {list.map((room) => (
              <li key={room.id}>
                <RoomLink room={room} isOpen={room.id === openId} />
              </li>
            ))}
          </ul>
        )}
        {list?.length === 0 && <p className="notice">{texts.noConversations}</p>}
        {more && (
          <button type="button" className="quiet" onClick={more}>
            {texts.moreRooms}
          </button>
        )}
      </div>
      <footer>
        <Avatar name={nameOf(me)} id={me.id} />
        <span className="names">
          {nameOf(me)} <small>@{me.userName}</small>
        </span>
        <button type="button" className="quiet" onClick={signOut}>
          {texts.signOut}
        </button>
      </footer>
    </nav>
  )
}

function RoomLink({ room, isOpen }: { room: Room; isOpen: boolean }) {
  const { name, detail, colour } = useRoomName(room)
  return (
    <a href={links.room(room.id)} aria-current={isOpen ? 'page' : undefined}>
      <Avatar name={name} id={colour} />
      <span className="names">
        {name} <small>{detail}</small>
      </span>
      <time dateTime={room.lastEventAt.toISOString()}>{briefly(room.lastEventAt)}</time>
    </a>
  )
}

/** What to call a room: a direct one after the other person. */
export function useRoomName(room: Room | undefined): { name: string; detail: string; colour: string } {
  const { me } = useSession()
  const peer = usePerson(room?.peerId)
  if (room === undefined) return { name: texts.unknownRoom, detail: '', colour: '' }
  if (room.kind === 'group') return { name: room.name, detail: texts.group, colour: room.id }
  if (room.peerId === me.id) return { name: nameOf(me), detail: texts.notes, colour: me.id }
  return { name: nameOf(peer), detail: peer ? `@${peer.userName}` : '', colour: room.peerId ?? '' }
}
