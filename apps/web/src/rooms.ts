import type { MessagesRoomsListOutput, Room } from '@antiphon/client'
import { useCallback, useEffect, useState } from 'react'
import { poll } from './poll.ts'
import { useSession } from './session.tsx'
import { errorText } from './texts.ts'

export interface Rooms {
  /** The most recently active first; undefined before the first answer. */
  readonly list: readonly Room[] | undefined
  readonly problem: string | undefined
  /** Loads more of them, where there are more. */
  readonly more: (() => Promise<void>) | undefined
  readonly add: (room: Room) => void
}

const everyMs = 3_000

/** The rooms of whoever is signed in, kept up to date. */
export function useRooms(): Rooms {
  const { client } = useSession()
  const [list, setList] = useState<readonly Room[]>()
  const [cursor, setCursor] = useState<string | null>()
  const [problem, setProblem] = useState<string>()
  const merge = useCallback((rooms: readonly Room[]) => setList((known) => mergeRooms(known ?? [], rooms)), [])
  const load = useCallback(
    async (from?: string) => {
      const page = await client.messages.rooms.list.safe({ cursor: from })
      if (!page.ok) return setProblem(errorText(page.error))
      setProblem(undefined)
      merge(page.data.items)
      setCursor((known) => nextCursor(known, page.data, from))
    },
    [client, merge],
  )
  useEffect(() => poll(load, everyMs).stop, [load])
  const more = typeof cursor === 'string' ? () => load(cursor) : undefined
  return { list, problem, more, add: (room) => merge([room]) }
}

/** Looking at the first page again does not lose how far down the list has been read. */
function nextCursor(known: string | null | undefined, page: MessagesRoomsListOutput, from: string | undefined) {
  return from !== undefined || known === undefined ? page.nextCursor : known
}

function mergeRooms(known: readonly Room[], rooms: readonly Room[]): readonly Room[] {
  const merged = new Map([...known, ...rooms].map((room) => [room.id, room]))
  return [...merged.values()].sort((a, b) => b.lastEventAt.getTime() - a.lastEventAt.getTime())
}
