import type { MeetingId } from '@antiphon/client'
import type { Entry } from './useCall.ts'

let handed: { readonly meetingId: MeetingId; readonly entry: Entry } | undefined

/** Hands on what lets somebody in from the page of a meeting to that of its room; a reload joins anew. */
export function handEntry(meetingId: MeetingId, entry: Entry): void {
  handed = { meetingId, entry }
}

export function takeEntry(meetingId: MeetingId): Entry | undefined {
  return handed?.meetingId === meetingId ? handed.entry : undefined
}

/** It is used once. */
export function dropEntry(): void {
  handed = undefined
}
