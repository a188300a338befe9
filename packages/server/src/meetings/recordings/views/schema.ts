import { z } from 'zod'
import { recordingId, recordingLinkId, recordingViewId, userId } from '../../../ids.ts'
import { pageInput, pageOf } from '../../../page.ts'
import { text } from '../../../text.ts'

export const recordingViews = z
  .object({
    viewId: recordingViewId.nullable().describe('The view; null for the total of several.'),
    userId: userId.nullable().describe('Who watched; null for who came by a link.'),
    linkId: recordingLinkId.nullable().describe('The link they came by; null for users.'),
    linkName: text({ max: 100 }).nullable().describe('The name of that link.'),
    views: z.int().describe('How often it was opened: 1, or the total.'),
    downloads: z.int().describe('How many downloads of files were begun.'),
    sentBytes: z.int().describe('How many bytes went out, those that went out twice counted twice.'),
    share: z
      .number()
      .min(0)
      .max(1)
      .describe('How much of the files went out, from 0 to 1: by size, each part counted once, in steps of 1/500.'),
    openedAt: z.date().describe('When it was opened, the first time.'),
    lastAt: z.date().nullable().describe('When the last bytes went out; null where none did.'),
  })
  .meta({ id: 'RecordingViews', description: 'Who watched a recording, when, and how much of it.' })

export const ownView = z
  .object({
    viewId: recordingViewId,
    recordingId,
    openedAt: z.date().describe('When you opened it.'),
    lastAt: z.date().nullable().describe('When the last bytes went out; null where none did.'),
    sentBytes: z.int().describe('How many bytes went out, those that went out twice counted twice.'),
    downloads: z.int().describe('How many downloads of files were begun.'),
  })
  .meta({ id: 'OwnRecordingView', description: 'A time that you watched a recording.' })

export const viewsInput = z.object({
  recordingId,
  by: z
    .enum(['view', 'user', 'link'])
    .default('view')
    .describe(
      '`view`: each time it was opened, the last first. `user`: the total of each user. `link`: that of each link.',
    ),
  ...pageInput,
})

export const viewsPage = pageOf(recordingViews)
