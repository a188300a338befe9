import { z } from 'zod'
import { meetingId, recordingId, userId } from '../../../ids.ts'
import { pageInput, pageOf } from '../../../page.ts'
import { invitee } from '../../invitations/schema.ts'

/** Of one recording. */
export const maxViewers = 2_000

export const viewer = z
  .object({
    userId: userId
      .nullable()
      .describe('With whom it is shared; null for an e-mail address that no account has proven.'),
    email: z.string().nullable().describe('The address, for who has no account with it yet; null for others.'),
    mayDownload: z.boolean().describe('Whether they may download its files, not only play them.'),
    sharedAt: z.date(),
  })
  .meta({ id: 'RecordingViewer', description: 'Somebody whom a recording is shared with by name.' })

const viewers = z.array(invitee).min(1).max(200)

const named = {
  recordingId: recordingId.optional().describe('The recording, or name its meeting.'),
  meetingId: meetingId.optional().describe('A meeting of yours, in place of its recording.'),
}

/** One of the two names it. */
function nameOne(
  { recordingId: id, meetingId: of }: { recordingId?: string | undefined; meetingId?: string | undefined },
  context: z.RefinementCtx,
): void {
  if ((id === undefined) !== (of === undefined)) return
  context.addIssue({ code: 'custom', path: ['recordingId'], message: 'Give recordingId or meetingId.' })
}

export const shareInput = z
  .object({
    ...named,
    viewers: viewers.describe('With whom, each by `{ userId }` or `{ email }`, up to 200 at once and 2,000 in all.'),
    mayDownload: z.boolean().default(false).describe('Whether they may download its files, not only play them.'),
  })
  .superRefine(nameOne)

export const unshareInput = z
  .object({
    ...named,
    viewers: viewers.describe('With whom no more, each by `{ userId }` or `{ email }`, up to 200 at once.'),
  })
  .superRefine(nameOne)

export const listInput = z.object({ recordingId, ...pageInput })

export const sharedWith = z.array(viewer).max(200)

export const viewerPage = pageOf(viewer)
