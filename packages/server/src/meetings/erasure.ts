import type { Db } from '../db/connect.ts'
import type { UserId } from '../ids.ts'
import { tellAll } from './invitations/mails.ts'
import { roomFollows } from './rooms/follow.ts'
import { blankMeeting, deleteTracesAt, lockMeetingsOf } from './traces/store.ts'

/** Removes the meetings of somebody who goes: those invited are told, and rooms at providers deleted. */
export async function removeMeetingsOf(tx: Db, id: UserId): Promise<void> {
  for (const { id: meetingId, isRemoved } of await lockMeetingsOf(tx, id)) {
    if (!isRemoved) await tellAll(tx, meetingId, { what: 'off' })
    await blankMeeting(tx, meetingId)
    // Those who are in are told before it is forgotten who was.
    await roomFollows(tx, meetingId)
    await deleteTracesAt(tx, meetingId)
  }
}
