import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { tellOfLobby } from '../../events/ephemera.ts'
import type { MeetingId, UserId } from '../../ids.ts'
import { lockUser } from '../../users/locks.ts'
import { noteJoined } from '../attendance/store.ts'
import { askToEnter } from '../lobby/store.ts'
import { currentOccurrence } from '../occurrences/store.ts'
import { type HeldMeeting, holdMeeting } from '../store.ts'

/** How long after its end a meeting can be joined. */
const afterwardsMs = 24 * 3_600_000

interface Admission {
  meeting: HeldMeeting
  /** Which time of the meeting. */
  occurrence: Date
  /** Whether they are in; otherwise they wait. */
  isIn: boolean
}

/**
 * Lets somebody in who may be, or has them wait for the host; who is in is noted.
 * @throws NOT_FOUND, MEETING_OVER, ROOM_NOT_READY, LOBBY_DENIED
 */
export async function admit(
  tx: Db,
  { meetingId, userId }: { meetingId: MeetingId; userId: UserId },
): Promise<Admission> {
  const meeting = await holdMeeting(tx, meetingId)
  if (meeting === undefined) throw new ApiError('NOT_FOUND')
  const current = meeting.cancelledAt === null ? await currentOccurrence(tx, meetingId) : undefined
  if (current === undefined || current.endsAt.getTime() + afterwardsMs < Date.now()) throw new ApiError('MEETING_OVER')
  if (meeting.roomState !== 'ready' && meeting.externalId === null) throw notReady(meeting.roomProblem)
  // Of two joins of one person at once, the second sees what the first has noted.
  if (!(await lockUser(tx, userId))) throw new ApiError('TOKEN_INVALID')
  const { originalAt } = current
  const isHost = userId === meeting.hostId
  if (meeting.lobby && !isHost) {
    const { state, isNew } = await askToEnter(tx, { meetingId, originalAt, userId })
    if (isNew) await tellOfLobby(tx, meetingId, [meeting.hostId])
    if (state === 'denied') throw new ApiError('LOBBY_DENIED')
    if (state === 'waiting') return { meeting, occurrence: originalAt, isIn: false }
  }
  await noteJoined(tx, { meetingId, originalAt, userId })
  return { meeting, occurrence: originalAt, isIn: true }
}

export function notReady(problem: string | null): ApiError {
  return new ApiError('ROOM_NOT_READY', problem === null ? {} : { message: problem })
}
