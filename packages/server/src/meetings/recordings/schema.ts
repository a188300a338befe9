import { z } from 'zod'
import { idempotencyKey, meetingId, recordingFileId, recordingId, uploadId, userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'

/** Of one recording. */
export const maxFiles = 200

const title = text({ min: 1, max: 200, visible: true, line: true }).describe('Title, 1 to 200 characters.')

export const visibility = z
  .enum(['private', 'link', 'members'])
  .describe(
    'Who sees it, besides those whom it is shared with: `private`, nobody; `link`, whoever has a link to it, also without an ' +
      'account; `members`, everybody who is signed in. Links open it only while it is `link`.',
  )

export const recordingPassword = text({ min: 4, max: 200 }).describe(
  'A password of its own, 4 to 200 characters: everybody but the owner gives it to watch, on top of being allowed to.',
)

export const givenPassword = text({ max: 200 }).describe('Password of the recording, where it has one.')

export const recordingFile = z
  .object({
    id: recordingFileId,
    name: text({ max: 255 }).describe('Name of the file; a label, never a path.'),
    type: z.string().max(100).nullable().describe('Media type, such as `video/webm`; null until that is known.'),
    sizeBytes: z.int().min(0).nullable().describe('Size; null until that is known.'),
    durationMs: z
      .int()
      .min(0)
      .nullable()
      .describe('How long it plays, in milliseconds; null where nobody knows, or for the first seconds.'),
    source: z
      .enum(['upload', 'room', 'provider'])
      .meta({ open: true })
      .describe('Where it came from: an upload, the built-in room, or the provider of the meeting.'),
    state: z
      .enum(['copying', 'preparing', 'ready', 'failed'])
      .meta({ open: true })
      .describe(
        '`copying`: it comes from the provider, or is being recorded in the room. `preparing`: it can be played, and seeking is being made quick. `ready`. ' +
          '`failed`: see `problem`.',
      ),
    problem: text({ max: 500 }).nullable().describe('What could not be done; null where all is well.'),
    recordedAt: z.date().nullable().describe('When it was recorded, where that is known.'),
    createdAt: z.date(),
  })
  .meta({ id: 'RecordingFile', description: 'A file of a recording.' })

export const recording = z
  .object({
    id: recordingId,
    meetingId: meetingId
      .nullable()
      .describe(
        'The meeting it is of, all of whose times share it; null for one by itself, or where the meeting was removed.',
      ),
    ownerId: userId.describe('Whose it is: the host of the meeting, or whoever made it.'),
    title: text({ max: 200 }).describe('Title.'),
    visibility: visibility.meta({ open: true }),
    membersMayDownload: z.boolean().describe('Whether those who see it by the visibility `members` may download it.'),
    hasPassword: z.boolean().describe('Whether everybody but the owner gives a password to watch.'),
    mayDownload: z.boolean().describe('Whether you may download its files.'),
    files: z.array(recordingFile).max(maxFiles).describe('Its files, the first one first.'),
    removedAt: z
      .date()
      .nullable()
      .describe('When it was removed; null where it was not. It can be restored for 30 days.'),
    createdAt: z.date(),
    modifiedAt: z.date(),
  })
  .meta({ id: 'Recording', description: 'A recording: any number of files with one set of people who may see them.' })

export const recordingInput = z.object({ recordingId })

export const createInput = z.object({
  title,
  meetingId: meetingId
    .optional()
    .describe('A meeting of yours whose recording was erased. Left out, it is one by itself.'),
  password: recordingPassword.optional(),
  idempotencyKey,
})

export const updateInput = z.object({
  recordingId,
  title: title.optional(),
  addUploads: z
    .array(uploadId)
    .max(20)
    .optional()
    .describe('Complete uploads of yours to add: sound or pictures that move, up to 20 at once.'),
  removeFiles: z.array(recordingFileId).max(20).optional().describe('Files to remove for good, up to 20 at once.'),
})

export const setVisibilityInput = z.object({
  recordingId,
  visibility,
  membersMayDownload: z
    .boolean()
    .optional()
    .describe('Whether those who see it by the visibility `members` may download it. Left out, that stays as it is.'),
  password: recordingPassword
    .nullable()
    .optional()
    .describe('Another password; null for none. Left out, it stays as it is. Whoever watches has to give the new one.'),
})

export const listInput = z.object({
  scope: z
    .enum(['mine', 'shared', 'members', 'removed'])
    .default('mine')
    .describe(
      '`mine`: your own. `shared`: those shared with you. `members`: those that everybody may see. `removed`: your own that ' +
        'can still be restored.',
    ),
  filled: z.boolean().optional().describe('true: only those with files; false: only those without. Left out, both.'),
  ...pageInput,
})

export const recordingPage = pageOf(recording)
