import type { z } from 'zod'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import { planOf } from './occurrences/plan.ts'
import {
  deleteComing,
  findOccurrence,
  insertOccurrences,
  stretchComing,
  updateOccurrence,
} from './occurrences/store.ts'
import type { updateInput } from './schema.ts'
import { lockMeeting, type MeetingChange, updateMeeting } from './store.ts'

type Change = Omit<z.infer<typeof updateInput>, 'passcode'> & { passcode?: Buffer | null | undefined }

/**
 * Changes a meeting: one time of it, or all that has not begun. Where the times of a series change, those that were moved or
 * cancelled by themselves are as the series has them again.
 * @throws NOT_FOUND, MEETING_OVER, RECURRENCE_EMPTY, RECURRENCE_TOO_LONG, INVALID_INPUT
 */
export async function change(tx: Db, { occurrence, ...input }: Change): Promise<void> {
  const before = await lockMeeting(tx, input.meetingId)
  if (before === undefined) throw new ApiError('NOT_FOUND')
  if (before.cancelledAt !== null) throw new ApiError('MEETING_OVER')
  if (occurrence !== undefined) return changeOne(tx, occurrence, input)
  if (input.link !== undefined && before.provider !== 'link') throw linkUnwanted()
  const { meetingId, ...fields } = input
  const after = {
    startsAt: fields.startsAt ?? before.startsAt,
    timeZone: fields.timeZone ?? before.timeZone,
    recurrence: fields.recurrence === undefined ? before.recurrence : fields.recurrence,
  }
  const durationMinutes = fields.durationMinutes ?? before.durationMinutes
  const isMoved =
    after.startsAt.getTime() !== before.startsAt.getTime() ||
    after.timeZone !== before.timeZone ||
    after.recurrence !== before.recurrence
  const times = isMoved ? await replan(tx, meetingId, after, durationMinutes) : {}
  if (!isMoved && durationMinutes !== before.durationMinutes) await stretchComing(tx, meetingId, durationMinutes)
  await updateMeeting(tx, meetingId, { ...fields, ...times })
}

async function replan(
  tx: Db,
  meetingId: Change['meetingId'],
  after: { startsAt: Date; timeZone: string; recurrence: string | null },
  durationMinutes: number,
): Promise<Pick<MeetingChange, 'startsAt' | 'expandedTo'>> {
  const now = new Date()
  const { first, times, expandedTo, isTooLong } = planOf(after, after.recurrence === null ? after.startsAt : now, now)
  if (isTooLong) throw new ApiError('RECURRENCE_TOO_LONG', { field: 'recurrence' })
  if (first === undefined) throw new ApiError('RECURRENCE_EMPTY', { field: 'recurrence' })
  await deleteComing(tx, meetingId)
  await insertOccurrences(tx, {
    meetingId,
    durationMinutes,
    times: after.recurrence === null ? times : times.filter((at) => at > now),
  })
  return { startsAt: first, expandedTo }
}

/** The address of a meeting at a provider is the provider's to give. */
export function linkUnwanted(): ApiError {
  return new ApiError('INVALID_INPUT', { field: 'link', message: 'is for meetings of the provider `link`' })
}

async function changeOne(tx: Db, originalAt: Date, input: Omit<Change, 'occurrence'>): Promise<void> {
  const { meetingId, title, startsAt, durationMinutes, ...others } = input
  const [misplaced] = Object.entries(others).flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (misplaced !== undefined)
    throw new ApiError('INVALID_INPUT', { field: misplaced, message: 'is of the series, not of one time of it' })
  const known = await findOccurrence(tx, meetingId, originalAt)
  if (known === undefined) throw new ApiError('NOT_FOUND', { field: 'occurrence' })
  if (known.cancelledAt !== null) throw new ApiError('MEETING_OVER', { field: 'occurrence' })
  const begins = startsAt ?? known.startsAt
  const lastsMs =
    durationMinutes === undefined ? known.endsAt.getTime() - known.startsAt.getTime() : durationMinutes * 60_000
  const endsAt = new Date(begins.getTime() + lastsMs)
  await updateOccurrence(tx, { meetingId, originalAt, title, startsAt: begins, endsAt })
  await updateMeeting(tx, meetingId, {})
}
