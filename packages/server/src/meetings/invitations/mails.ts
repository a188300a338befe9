import { DateTime } from 'luxon'
import { z } from 'zod'
import type { Db } from '../../db/connect.ts'
import { type MeetingId, meetingId, type UserId, userId } from '../../ids.ts'
import { enqueueAll } from '../../jobs/enqueue.ts'
import type { Tasks } from '../../jobs/task.ts'
import type { ExactLimits } from '../../limits/exact.ts'
import { isPermanent, type Mailer } from '../../mail/mailer.ts'
import { meetingMail } from '../../mail/texts.ts'
import { isBlocking } from '../../users/blocks/store.ts'
import { normalise } from '../../users/names.ts'
import { findUser } from '../../users/store.ts'
import { toIcs } from '../calendar/ics.ts'
import { meetingsToShow } from '../calendar/shown.ts'
import type { CalendarMeeting } from '../calendar/store.ts'
import { addressesOf } from './store.ts'

const task = 'meetings.mail'

const payload = z.object({
  meetingId,
  method: z.enum(['request', 'cancel']),
  userId: userId.nullable(),
  email: z.string().nullable(),
})

interface Recipient {
  userId: UserId | null
  email: string | null
}

/** Has people told of a meeting; of several changes in a row they hear of the last. */
export async function tell(
  tx: Db,
  meetingId: MeetingId,
  method: 'request' | 'cancel',
  recipients: readonly Recipient[],
): Promise<void> {
  const jobs = recipients.map(({ userId, email }) => ({
    payload: { meetingId, method, userId, email },
    key: `meeting:${meetingId}:${userId ?? email}`,
  }))
  await enqueueAll(tx, task, jobs)
}

/** The same for all who are invited and did not decline. */
export async function tellAll(tx: Db, meetingId: MeetingId, method: 'request' | 'cancel'): Promise<void> {
  await tell(tx, meetingId, method, await addressesOf(tx, meetingId))
}

interface Dependencies {
  readonly db: Db
  readonly mailer: Mailer
  readonly limits: ExactLimits
  readonly publicUrl: () => string
  readonly senderEmail: string
}

export function invitationTasks({ db, mailer, limits, publicUrl, senderEmail }: Dependencies): Tasks {
  return {
    [task]: async (given) => {
      const { meetingId, method, userId, email } = payload.parse(given)
      const [meeting] = await meetingsToShow({ db, publicUrl }, [meetingId])
      const user = userId === null ? undefined : await findUser(db, { userId })
      // Nobody is written to at an address that is not proven to be theirs.
      const to = userId === null ? email : user?.emailVerified === true ? (user.email ?? null) : null
      if (meeting === undefined || to === null) return
      if (userId !== null && (await isBlocking(db, userId, meeting.hostId))) return
      // The queue tries again, unless by then there is something newer to tell.
      if ((await limits.noticeWaitMs({ emailKey: normalise(to) })) > 0) throw new Error('the address has had its mails')
      const isOff = method === 'cancel' || meeting.cancelledAt !== null
      const own = isOff ? 'cancel' : 'request'
      const name = user === undefined ? '' : user.firstName || user.userName
      const words = meetingMail({ name, ...meeting, when: whenOf(meeting), link: meeting.joinUrl, isOff })
      const text = toIcs([meeting], { method: own, organizerEmail: senderEmail, attendeeEmail: to })
      await mailer.send({ to, ...words, calendar: { method: own, text } }).catch((error: unknown) => {
        if (!isPermanent(error)) throw error
      })
    },
  }
}

function whenOf({ startsAt, timeZone, recurrence }: CalendarMeeting): string {
  const at = DateTime.fromJSDate(startsAt, { zone: timeZone }).setLocale('en-GB')
  const first = at.toFormat("cccc, d LLLL yyyy, HH:mm '('z')'")
  return recurrence === null ? first : `${first}, and again after that`
}
