import type { ListedRoom, Presence, Room, RoomId } from '@antiphon/client'
import { useState } from 'react'
import { nameOf, usePerson } from '../people.ts'
import { links } from '../route.ts'
import { useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'
import { briefly } from '../time.ts'
import { usePresences, useRooms } from '../views.ts'
import { Act, Problem } from './act.tsx'
import { Avatar, Names } from './avatar.tsx'
import { Notice } from './notice.tsx'

const atFirst = 50

/** The rooms, a part of them at a time. */
export function RoomList({ openId }: { openId: RoomId | undefined }) {
  const { me } = useSession()
  const { status, rooms, error } = useRooms()
  const [count, setCount] = useState(atFirst)
  const shown = rooms.slice(0, count)
  const presences = usePresences([me.id, ...shown.map(({ peerId }) => peerId)])
  return (
    <nav className="rooms" aria-label={texts.conversations}>
      <Account presence={presences.get(me.id)} />
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
        <a className="button quiet" href={links.meetings}>
          {texts.meetings.title}
        </a>
        <a className="button quiet" href={links.recordings}>
          {texts.recordings.title}
        </a>
        <a className="button quiet" href={links.sessions}>
          {texts.sessions.title}
        </a>
        <a className="button quiet" href={links.royalties}>
          {texts.royalties.title}
        </a>
      </header>
      <div className="scroll">
        {status === 'loading' ? (
          <Notice problem={error && errorText(error)} />
        ) : (
          <ul>
            {shown.map((room) => (
              <li key={room.id}>
                <RoomLink
                  room={room}
                  isOpen={room.id === openId}
                  presence={room.peerId === null ? undefined : presences.get(room.peerId)}
                />
              </li>
            ))}
          </ul>
        )}
        {status !== 'loading' && rooms.length === 0 && <p className="notice">{texts.noConversations}</p>}
        {rooms.length > count && <Act name={texts.showMore} onClick={() => setCount(count + atFirst)} />}
      </div>
    </nav>
  )
}

/** Who you are here. */
function Account({ presence }: { presence: Presence | undefined }) {
  const { me, signOut } = useSession()
  const [problem, setProblem] = useState<string>()
  return (
    <header className="account">
      <a className="person" href={links.profile}>
        <Avatar name={nameOf(me)} id={me.id} url={me.avatarUrl} presence={presence} />
        <Names user={me} />
      </a>
      <Act name={texts.signOut} onClick={async () => setProblem(await signOut())} />
      <Problem text={problem} />
    </header>
  )
}

interface RoomLinkProps {
  readonly room: ListedRoom
  readonly isOpen: boolean
  readonly presence: Presence | undefined
}

function RoomLink({ room, isOpen, presence }: RoomLinkProps) {
  const { name, detail, colour, avatarUrl } = useRoomName(room)
  return (
    <a className="person" href={links.room(room.id)} aria-current={isOpen ? 'page' : undefined}>
      <Avatar name={name} id={colour} url={avatarUrl} presence={presence} />
      <span className="names">
        {name} <small>{detail}</small>
      </span>
      <span className="when">
        <time dateTime={room.lastEventAt.toISOString()}>{briefly(room.lastEventAt)}</time>
        {room.unread > 0 && (
          <b className="count">
            {room.mentions > 0 && '@ '}
            {room.unread < 1_000 ? room.unread : '999+'}
            <span className="hidden"> {texts.unread}</span>
          </b>
        )}
      </span>
    </a>
  )
}

interface RoomName {
  readonly name: string
  readonly detail: string
  readonly colour: string
  readonly avatarUrl?: string | null | undefined
}

/** What to call a room: a direct one after the other person. */
export function useRoomName(room: Room | undefined): RoomName {
  const { me } = useSession()
  const peer = usePerson(room?.peerId)
  if (room === undefined) return { name: texts.unknownRoom, detail: '', colour: '' }
  const { id, kind, name, topic, avatarUrl, peerId } = room
  if (kind === 'group') return { name, detail: topic || texts.group, colour: id, avatarUrl }
  if (peerId === me.id) return { name: nameOf(me), detail: texts.notes, colour: me.id, avatarUrl: me.avatarUrl }
  const isThere = peer !== undefined && peer.removedAt === undefined
  return {
    ...{ name: nameOf(peer), detail: isThere ? `@${peer.userName}` : '' },
    ...{ colour: peerId ?? '', avatarUrl: peer?.avatarUrl },
  }
}
