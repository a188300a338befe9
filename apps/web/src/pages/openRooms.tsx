import type { Room } from '@antiphon/client'
import { useCallback, useState } from 'react'
import { Problem } from '../components/act.tsx'
import { Avatar } from '../components/avatar.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import { useLoaded } from '../loaded.ts'
import { links } from '../route.ts'
import { useSession } from '../session.tsx'
import { errorText, texts } from '../texts.ts'

/** Rooms that everybody may join. */
export function OpenRooms({ onOpen }: { onOpen: (room: Room) => void }) {
  const { client } = useSession()
  const load = useCallback(() => client.messages.rooms.list({ scope: 'open', limit: 200 }), [client])
  const { data, problem, reload } = useLoaded(load)
  const [refusal, setRefusal] = useState<string>()
  const join = async ({ id }: Room) => {
    const joined = await client.messages.rooms.join.safe({ roomId: id })
    if (joined.ok) onOpen(joined.data)
    else setRefusal(errorText(joined.error))
  }
  return (
    <Page title={texts.openRooms}>
      <Problem text={refusal} />
      {data === undefined && <Notice problem={problem} onRetry={reload} />}
      {data?.items.length === 0 && <p className="hint">{texts.noOpenRooms}</p>}
      <ul>
        {data?.items.map((room) => (
          <li key={room.id} className="person">
            <Avatar name={room.name} id={room.id} />
            <span className="names">
              {room.name} <small>{room.topic}</small>
            </span>
            {room.role === null ? (
              <button type="button" aria-label={`${texts.join}: ${room.name}`} onClick={() => join(room)}>
                {texts.join}
              </button>
            ) : (
              <a className="button quiet" href={links.room(room.id)}>
                {texts.openIt}
              </a>
            )}
          </li>
        ))}
      </ul>
    </Page>
  )
}
