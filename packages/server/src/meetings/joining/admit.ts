import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { tellOfLobby } from '../../events/ephemera.ts'
import type { MeetingId, UserId } from '../../ids.ts'
import { lockUser } from '../../users/locks.ts'
import { askToEnter } from '../lobby/store.ts'
import { currentOccurrence } from '../occurrences/store.ts'
import { type HeldMeeting, holdMeeting } from '../store.ts'

/** How long before it begins somebody counts as being there who joins. */
const beforehandMs = 3_600_000

/** How long after its end a meeting can be joined. */
const afterwardsMs = 24 * 3_600_000

interface Admission {
  meeting: HeldMeeting
  /** Which time of the meeting. */
  occurrence: Date
  /** The title of that time. */
  title: string
  /** Whether they are in; otherwise they wait. */
  isIn: boolean
  /** Whether who is in is there; otherwise they look beforehand where it will be. */
  isOn: boolean
}

/**
 * Lets somebody in who may be, or has them wait for the host.
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
  if (!(await lockUser(tx, userId))) throw new ApiError('TOKEN_INVALID')
  const { originalAt } = current
  const title = current.title ?? meeting.title
  const isOn = current.startsAt.getTime() - beforehandMs <= Date.now()
  const admission = { meeting, occurrence: originalAt, title, isOn }
  const isHost = userId === meeting.hostId
  if (meeting.lobby && !isHost) {
    const { state, isNew } = await askToEnter(tx, { meetingId, originalAt, userId })
    if (isNew) await tellOfLobby(tx, meetingId, [meeting.hostId])
    if (state === 'denied') throw new ApiError('LOBBY_DENIED')
    if (state === 'waiting') return { ...admission, isIn: false }
  }
  return { ...admission, isIn: true }
}

export function notReady(problem: string | null): ApiError {
  return new ApiError('ROOM_NOT_READY', problem === null ? {} : { message: problem })
}
