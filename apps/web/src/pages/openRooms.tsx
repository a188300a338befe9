import type { Room } from '@antiphon/client'
import { useCallback } from 'react'
import { Act, Problem } from '../components/act.tsx'
import { Avatar } from '../components/avatar.tsx'
import { Listed } from '../components/listed.tsx'
import { Page } from '../components/page.tsx'
import { useList } from '../loaded.ts'
import { links } from '../route.ts'
import { useRun } from '../run.ts'
import { useSession } from '../session.tsx'
import { texts } from '../texts.ts'

/** Rooms that everybody may join. */
export function OpenRooms({ onOpen }: { onOpen: (room: Room) => void }) {
  const { client } = useSession()
  const list = useList(useCallback(() => client.messages.rooms.list.all({ scope: 'open' }), [client]))
  const { run, problem } = useRun()
  const join = async (room: Room) =>
    (await run(({ messages }) => messages.rooms.join.safe({ roomId: room.id }))) && onOpen(room)
  return (
    <Page title={texts.openRooms}>
      <Problem text={problem} />
      <Listed list={list} empty={texts.noOpenRooms}>
        {(room) => (
          <li key={room.id} className="person">
            <Avatar name={room.name} id={room.id} />
            <span className="names">
              {room.name} <small>{room.topic}</small>
            </span>
            {room.role === null ? (
              <Act name={texts.join} of={room.name} className="" onClick={() => join(room)} />
            ) : (
              <a className="button quiet" href={links.room(room.id)}>
                {texts.openIt}
              </a>
            )}
          </li>
        )}
      </Listed>
    </Page>
  )
}
