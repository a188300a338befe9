import { z } from 'zod'
import type { Db } from '../../../db/connect.ts'
import { type RecordingId, recordingId, type UserId, userId } from '../../../ids.ts'
import { enqueue, enqueueAll } from '../../../jobs/enqueue.ts'
import type { Tasks } from '../../../jobs/task.ts'
import type { ExactLimits } from '../../../limits/exact.ts'
import { isPermanent, type Mailer } from '../../../mail/mailer.ts'
import { recordingMail } from '../../../mail/texts.ts'
import { isBlocking } from '../../../users/blocks/store.ts'
import { normalise } from '../../../users/names.ts'
import { findUser } from '../../../users/store.ts'
import { findRecording } from '../store.ts'
import { findViewers } from './store.ts'

const task = 'recordings.mail'

const payload = z.object({ recordingId, userId: userId.nullable(), email: z.string().nullable() })

/** Has people told that a recording is shared with them. */
export async function tellOfShare(
  tx: Db,
  recordingId: RecordingId,
  viewers: readonly { userId: UserId | null; email: string | null }[],
): Promise<void> {
  const about = viewers.map(({ userId, email }) => ({ recordingId, userId, email }))
  const jobs = about.map((one) => ({ payload: one, key: keyOf(one) }))
  await enqueueAll(tx, task, jobs)
}

function keyOf({ recordingId, userId, email }: z.infer<typeof payload>): string {
  return `recording:${recordingId}:${userId ?? email}`
}

interface Dependencies {
  readonly db: Db
  readonly mailer: Mailer
  readonly limits: ExactLimits
  readonly publicUrl: () => string
}

export function recordingMailTasks({ db, mailer, limits, publicUrl }: Dependencies): Tasks {
  return {
    [task]: async (given) => {
      const { recordingId, userId, email } = payload.parse(given)
      const viewer = userId ?? (email === null ? '' : normalise(email))
      const user = userId === null ? undefined : await findUser(db, { userId })
      // Nobody is written to at an address that is not proven to be theirs.
      const to = userId === null ? email : user?.emailVerified === true ? (user.email ?? null) : null
      const [share] = await findViewers(db, recordingId, [viewer])
      if (to === null || share === undefined) return
      const recording = await findRecording(db, recordingId, userId ?? ('' as UserId))
      if (recording === undefined || recording.removedAt !== null) return
      if (userId !== null && (await isBlocking(db, userId, recording.ownerId))) return
      const waitMs = await limits.noticeWaitMs({ senderId: recording.ownerId, emailKey: normalise(to) })
      if (waitMs > 0) {
        const runAt = new Date(Date.now() + waitMs)
        return enqueue(db, task, { recordingId, userId, email }, { key: keyOf({ recordingId, userId, email }), runAt })
      }
      const owner = await findUser(db, { userId: recording.ownerId })
      const words = recordingMail({
        name: user === undefined ? '' : user.firstName || user.userName,
        owner: owner === undefined ? '' : [owner.firstName, owner.lastName].join(' ').trim() || owner.userName,
        title: recording.title,
        link: `${publicUrl().replace(/\/+$/, '')}/recordings/${recordingId}`,
        hasAccount: user !== undefined,
      })
      await mailer.send({ to, ...words }).catch((error: unknown) => {
        if (!isPermanent(error)) throw error
      })
    },
  }
}
