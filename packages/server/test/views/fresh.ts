import type { AntiphonClient, Mark, Member, Message, Room, RoomId, RoomView } from '@antiphon/client'
import { expect } from 'vitest'

/** What a view has to show, fetched from the server. */
async function fetchFresh(client: AntiphonClient, roomId: RoomId, from = 0) {
  const room: Room = await client.messages.rooms.get({ roomId })
  const messages: Message[] = []
  for await (const message of client.messages.list.all({ roomId, window: { since: new Date(0) } })) {
    if (message.seq >= from) messages.unshift(message)
  }
  const members: Member[] = []
  for await (const { userId, role, joinedAt } of client.messages.rooms.members.list.all({ roomId })) {
    if (role !== null && joinedAt !== null) members.push({ userId, role, joinedAt })
  }
  const marks: Mark[] = []
  for await (const { userId, deliveredSeq, readSeq } of client.messages.receipts.all({ roomId })) {
    if (deliveredSeq + readSeq > 0) marks.push({ userId, deliveredSeq, readSeq })
  }
  return { room, messages, members, marks }
}

/** A view as `fetchFresh` gives it. */
function shownBy(view: RoomView) {
  const { room, messages, members, receipts } = view.snapshot()
  const byId = (a: Mark, b: Mark) => (a.userId < b.userId ? -1 : 1)
  return { room, messages, members, marks: [...receipts.values()].sort(byId) }
}

/** Compares a view with what the server says; where not everything was loaded, from the oldest message that was. */
export async function expectFresh(view: RoomView, client: AntiphonClient): Promise<void> {
  const { hasMore, messages } = view.snapshot()
  const { room, ...fresh } = await fetchFresh(client, view.roomId, hasMore ? messages[0]?.seq : 0)
  const shown = shownBy(view)
  // When something happened that one may not see is not told either.
  const lastEventAt = shown.room?.lastEventAt
  expect(shown).toEqual({ ...fresh, room: { ...room, lastEventAt } })
  expect(lastEventAt?.getTime()).toBeLessThanOrEqual(room.lastEventAt.getTime())
}
