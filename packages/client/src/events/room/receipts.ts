import type { Mark, Member, Message, Room, UserId } from '../../generated/index.ts'
import type { MessageReceipts, RoomSnapshot } from '../types.ts'

/** Whether the viewer sent a message; the key of a message is told to its sender alone. */
function isOwn({ senderId, clientId }: Message, viewerId: UserId | undefined): boolean {
  return viewerId === undefined ? clientId !== null : senderId === viewerId
}

export function newestOfOthers(messages: readonly Message[], viewerId: UserId | undefined): Message | undefined {
  for (let at = messages.length - 1; at >= 0; at--) {
    const message = messages[at]
    if (message !== undefined && !isOwn(message, viewerId)) return message
  }
  return undefined
}

/** How many messages of others came after a number, and after the viewer did; deleted ones do not count. */
export function countUnread(
  { messages, members }: Pick<RoomSnapshot, 'messages' | 'members'>,
  readSeq: number,
  viewerId: UserId | undefined,
): number {
  const since = members.find(({ userId }) => userId === viewerId)?.joinedAt ?? new Date(0)
  let count = 0
  for (let at = messages.length - 1; at >= 0; at--) {
    const message = messages[at]
    if (message === undefined || message.seq <= readSeq) break
    if (message.deletedAt === null && message.sentAt > since && !isOwn(message, viewerId)) count++
  }
  return count
}

/** Who of the members has got a message and who has read it, as far as their marks say. */
export function receiptsOf(
  { messages, members, receipts, room }: Pick<RoomSnapshot, 'messages' | 'members' | 'receipts' | 'room'>,
  seq: number,
): MessageReceipts {
  const message = messages.find((one) => one.seq === seq)
  const readers = message === undefined ? [] : members.filter((member) => isReader(member, message, room))
  const whose = (isThere: (mark: Mark) => boolean) =>
    readers.flatMap(({ userId }) => {
      const mark = receipts.get(userId)
      return mark !== undefined && isThere(mark) ? userId : []
    })
  const deliveredTo = whose(({ deliveredSeq }) => deliveredSeq >= seq)
  const waitingFor = readers.flatMap(({ userId }) => (deliveredTo.includes(userId) ? [] : userId))
  return { deliveredTo, readBy: whose(({ readSeq }) => readSeq >= seq), waitingFor }
}

/** Who came later reads it where the history is shared. */
function isReader({ userId, joinedAt }: Member, { senderId, sentAt }: Message, room: Room | undefined): boolean {
  return userId !== senderId && (joinedAt <= sentAt || room?.history === 'shared')
}
