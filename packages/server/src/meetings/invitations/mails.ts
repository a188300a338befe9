import { z } from 'zod'
import type { Db } from '../../db/connect.ts'
import { type MeetingId, meetingId, type UserId, userId } from '../../ids.ts'
import { dropJobs, enqueueAll, waitingPayloads } from '../../jobs/enqueue.ts'
import type { Tasks } from '../../jobs/task.ts'
import type { ExactLimits } from '../../limits/exact.ts'
import { isPermanent, type Mailer } from '../../mail/mailer.ts'
import { meetingMail } from '../../mail/texts.ts'
import { isBlocking } from '../../users/blocks/store.ts'
import { normalise } from '../../users/names.ts'
import { findUser } from '../../users/store.ts'
import { toIcs } from '../calendar/ics.ts'
import { meetingsToShow } from '../calendar/shown.ts'
import { merge, type News, news } from './news.ts'
import { addressesOf } from './store.ts'
import { changesOf, whenOf } from './when.ts'

const task = 'meetings.mail'

const payload = news.extend({ meetingId, userId: userId.nullable(), email: z.string().nullable() })

type Told = z.infer<typeof payload>

interface Recipient {
  userId: UserId | null
  email: string | null
}

/** `time` is the one of a series that was changed by itself. */
interface Event {
  what: News['what']
  time?: Date | undefined
}

/** Of changes in a row people hear by one mail. */
const changesWaitMs = 5_000

/** Has people told of a meeting that is locked or new. */
export async function tell(
  tx: Db,
  meetingId: MeetingId,
  { what, time }: Event,
  recipients: readonly Recipient[],
): Promise<void> {
  const times = time === undefined ? [] : [time.toISOString()]
  const told = recipients.map(({ userId, email }) => ({ meetingId, userId, email, what, times }))
  await enqueueTold(tx, told, what === 'changed' ? changesWaitMs : 0)
}

/** The same for all who are invited and did not decline. */
export async function tellAll(tx: Db, meetingId: MeetingId, event: Event): Promise<void> {
  await tell(tx, meetingId, event, await addressesOf(tx, meetingId))
}

const keyOf = ({ meetingId, userId, email }: Told) => `meeting:${meetingId}:${userId ?? email}`

async function enqueueTold(tx: Db, told: readonly Told[], waitMs: number): Promise<void> {
  const waiting = await waitingPayloads(tx, told.map(keyOf))
  const left = told.map((one) => {
    const key = keyOf(one)
    return { key, one, rest: merge(payload.safeParse(waiting.get(key)).data, one) }
  })
  const jobs = left.flatMap(({ key, one, rest }) => (rest === undefined ? [] : { key, payload: { ...one, ...rest } }))
  await enqueueAll(tx, task, jobs, waitMs === 0 ? {} : { runAt: new Date(Date.now() + waitMs) })
  await dropJobs(
    tx,
    left.flatMap(({ key, rest }) => (rest === undefined ? key : [])),
  )
}

/** What has to wait, with what is newer by now. */
async function enqueueLater(db: Db, told: Told, waitMs: number): Promise<void> {
  const key = keyOf(told)
  const newer = payload.safeParse((await waitingPayloads(db, [key])).get(key)).data
  const rest = newer === undefined ? told : merge(told, newer)
  if (rest === undefined) return dropJobs(db, [key])
  await enqueueAll(db, task, [{ key, payload: { ...told, ...rest } }], { runAt: new Date(Date.now() + waitMs) })
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
      const { meetingId, userId, email, ...told } = payload.parse(given)
      const [meeting] = await meetingsToShow({ db, publicUrl }, [meetingId])
      const user = userId === null ? undefined : await findUser(db, { userId })
      // Nobody is written to at an address that is not proven to be theirs.
      const to = userId === null ? email : user?.emailVerified === true ? (user.email ?? null) : null
      if (meeting === undefined || to === null) return
      if (userId !== null && (await isBlocking(db, userId, meeting.hostId))) return
      const waitMs = await limits.noticeWaitMs({ senderId: meeting.hostId, emailKey: normalise(to) })
      if (waitMs > 0) return enqueueLater(db, { meetingId, userId, email, ...told }, waitMs)
      const what = told.what !== 'uninvited' && meeting.cancelledAt !== null ? 'off' : told.what
      const method = what === 'off' || what === 'uninvited' ? 'cancel' : 'request'
      const words = meetingMail({
        ...{ what, name: user === undefined ? '' : user.firstName || user.userName },
        ...{ host: meeting.host, title: meeting.title, link: meeting.joinUrl, when: await whenOf(db, meeting) },
        changes: what === 'changed' ? await changesOf(db, meeting, told.times) : [],
      })
      const text = toIcs([meeting], { method, organizerEmail: senderEmail, attendeeEmail: to })
      await mailer.send({ to, ...words, calendar: { method, text } }).catch((error: unknown) => {
        if (!isPermanent(error)) throw error
      })
    },
  }
}
