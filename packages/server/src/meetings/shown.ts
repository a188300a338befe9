import type { MeetingRecord } from './store.ts'

/** A meeting as everybody sees it who sees it; where the room is, `join` tells. */
export function withoutPasscode({ passcode, joinUrl: _, sequence: __, ...row }: MeetingRecord) {
  return { ...row, hasPasscode: passcode !== null }
}
