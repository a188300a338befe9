import { z } from 'zod'
import { recordingFileId, recordingId, recordingViewId } from '../../../ids.ts'
import { text } from '../../../text.ts'
import { givenPassword, maxFiles } from '../schema.ts'

/** Where the files of recordings are played from. */
export const playerPath = '/media/recordings'

const playable = z
  .object({
    fileId: recordingFileId,
    name: text({ max: 255 }),
    type: z.string().max(100).describe('Media type, such as `video/webm`.'),
    sizeBytes: z.int().min(0),
    durationMs: z.int().min(0).nullable().describe('How long it plays, in milliseconds; null where nobody knows.'),
    url: z.string().max(300).describe('Where a player reads it, below the address of the server. Not to be handed on.'),
    downloadUrl: z
      .string()
      .max(300)
      .nullable()
      .describe('Where it is downloaded from, under its name; null where you may only play it.'),
  })
  .meta({ id: 'PlayableFile', description: 'A file of a recording, and where to play it from.' })

export const playback = z
  .object({
    viewId: recordingViewId.describe('The line of the audit that this is.'),
    recordingId,
    title: text({ max: 200 }),
    mayDownload: z.boolean().describe('Whether its files may be downloaded, not only played.'),
    files: z.array(playable).max(maxFiles),
    expiresAt: z.date().describe('When the addresses stop working; ask for new ones then.'),
  })
  .meta({
    id: 'Playback',
    description:
      'What it takes to play a recording. The addresses ask for access anew at every request, and again while they are read.',
  })

export const playbackInput = z.object({ recordingId, password: givenPassword.optional() })

export const openLinkInput = z.object({
  link: text({ min: 1, max: 2_500 }).describe('The address of the link, or what is behind its `#`.'),
  password: text({ max: 200 })
    .optional()
    .describe('Password of the link; where it has none of its own, that of the recording.'),
  recordingPassword: givenPassword.optional(),
})
