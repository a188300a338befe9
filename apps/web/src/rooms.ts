import type { Room, RoomId, RoomSnapshot, RoomView, StreamEvent, UnreadRoom } from '@antiphon/client'
import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { useSession } from './session.tsx'
import { errorText } from './texts.ts'

export interface Rooms {
  /** The most recently active first; undefined before the first answer. */
  readonly list: readonly Room[] | undefined
  readonly unread: ReadonlyMap<RoomId, UnreadRoom>
  readonly problem: string | undefined
  /** Loads more of them, where there are more. */
  readonly more: (() => Promise<void>) | undefined
  readonly add: (room: Room) => void
}

/** The view of a room, and its state. Rooms that were opened stay followed for as long as the session lasts. */
export function useRoom(id: RoomId): { view: RoomView; state: RoomSnapshot } {
  const { events } = useSession()
  const view = events.room(id)
  return { view, state: useSyncExternalStore(view.subscribe, view.snapshot) }
}

/** The rooms of whoever is signed in, as the stream tells of them. */
export function useRooms(): Rooms {
  const { client, events } = useSession()
  const unread = useUnread()
  const [list, setList] = useState<readonly Room[]>()
  const [cursor, setCursor] = useState<string | null>()
  const [problem, setProblem] = useState<string>()
  const add = useCallback((room: Room) => setList((known) => mergeRooms(known ?? [], [room])), [])
  const load = useCallback(
    async (from?: string) => {
      const page = await client.messages.rooms.list.safe({ cursor: from })
      setProblem(page.ok ? undefined : errorText(page.error))
      if (!page.ok) return
      setList((known) => mergeRooms(from === undefined ? [] : (known ?? []), page.data.items))
      setCursor(page.data.nextCursor)
    },
    [client],
  )
  useEffect(() => {
    const drop = (id: RoomId) => setList((known) => known?.filter((room) => room.id !== id))
    const look = async (roomId: RoomId) => {
      const found = await client.messages.rooms.get.safe({ roomId })
      if (found.ok && found.data.role !== null) add(found.data)
      else if (found.ok || found.error.code === 'NOT_FOUND') drop(roomId)
    }
    void load()
    return events.onAny((event) => {
      if (event.kind === 'welcome' || event.kind === 'resync') void load()
      else if (event.kind === 'room.left') drop(event.roomId)
      else if (event.kind === 'room.entered') void look(event.roomId)
      else if (event.kind === 'room.range') {
        const at = event.events.at(-1)?.at
        setList((known) => at && known && mergeRooms(known, moved(known, event.roomId, at)))
        if (event.events.some(({ kind }) => !kind.startsWith('message.'))) void look(event.roomId)
      }
    })
  }, [client, events, load, add])
  const more = typeof cursor === 'string' ? () => load(cursor) : undefined
  return { list, unread, problem, more, add }
}

const countAfterMs = 300

/** What is unread, counted anew by the server when something happened that may change it. */
function useUnread(): ReadonlyMap<RoomId, UnreadRoom> {
  const { client, events, me } = useSession()
  const [unread, setUnread] = useState<ReadonlyMap<RoomId, UnreadRoom>>(new Map())
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const count = async () => {
      timer = undefined
      const counted = await client.messages.unread.safe()
      if (counted.ok) setUnread(new Map(counted.data.map((room) => [room.roomId, room])))
    }
    const countSoon = () => {
      timer ??= setTimeout(count, countAfterMs)
    }
    const mayChange = (event: StreamEvent) =>
      event.kind === 'room.marks'
        ? event.marks.some(({ userId }) => userId === me.id)
        : ['welcome', 'resync', 'room.range', 'room.left', 'room.entered'].includes(event.kind)
    countSoon()
    const stop = events.onAny((event) => mayChange(event) && countSoon())
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [client, events, me.id])
  return unread
}

function moved(known: readonly Room[], id: RoomId, lastEventAt: Date): readonly Room[] {
  return known.flatMap((room) => (room.id === id ? { ...room, lastEventAt } : []))
}

function mergeRooms(known: readonly Room[], rooms: readonly Room[]): readonly Room[] {
  const merged = new Map([...known, ...rooms].map((room) => [room.id, room]))
  return [...merged.values()].sort((a, b) => b.lastEventAt.getTime() - a.lastEventAt.getTime())
}
