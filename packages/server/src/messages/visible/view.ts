import type { UserId } from '../../ids.ts'
import type { Interval } from './store.ts'

/** What decides on what somebody may see of a room. */
export interface View {
  readonly viewerId: UserId
  readonly intervals: readonly Interval[]
  readonly blocked: ReadonlySet<UserId>
}

/** What of a message or event decides on who may see it. */
export interface Seen {
  readonly seq: bigint
  readonly shared: boolean
}

/** Whether somebody was in the room at a number, or came later and the history is shared. */
export function isWithin({ intervals }: View, { seq, shared }: Seen): boolean {
  return intervals.some(({ from, to }) => (to === null || seq <= to) && (shared || seq > from))
}

/** The last number of a room that somebody may see: its newest, for who is in it, else that of leaving. */
export function endOf(intervals: readonly Interval[], newest: bigint): bigint {
  let end = 0n
  for (const { to } of intervals) if ((to ?? newest) > end) end = to ?? newest
  return end
}

/** The same for messages: not those of whom the viewer blocks, nor those hidden from them. */
export function isMessageVisible(
  view: View,
  { senderId, hidden, ...seen }: Seen & { senderId: UserId; hidden: boolean },
): boolean {
  return isWithin(view, seen) && (!hidden || senderId === view.viewerId) && !view.blocked.has(senderId)
}
