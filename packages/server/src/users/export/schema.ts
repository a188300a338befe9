import { z } from 'zod'
import { meetingId } from '../../ids.ts'
import { stay } from '../../meetings/attendance/schema.ts'
import { ownInvitation } from '../../meetings/invitations/schema.ts'
import { recordingLink } from '../../meetings/recordings/links/schema.ts'
import { recording } from '../../meetings/recordings/schema.ts'
import { viewer } from '../../meetings/recordings/sharing/schema.ts'
import { ownView } from '../../meetings/recordings/views/schema.ts'
import { meeting } from '../../meetings/schema.ts'
import { room } from '../../messages/rooms/schema.ts'
import { message } from '../../messages/schema.ts'
import { ownMembership } from '../../royalties/labels/schema.ts'
import { listener, listenerFee } from '../../royalties/listeners/schema.ts'
import { ownSession } from '../../sessions/schema.ts'
import { text } from '../../text.ts'
import { upload } from '../../uploads/schema.ts'
import { apiKey } from '../apiKeys/schema.ts'
import { auditEntry } from '../audit/schema.ts'
import { block } from '../blocks/schema.ts'
import { device } from '../devices/schema.ts'
import { friend } from '../friends/schema.ts'
import { presence } from '../presence/schema.ts'
import { user } from '../schema.ts'

export const exportInput = z
  .object({
    lastEventId: text({ max: 200 }).optional().describe('Where to go on; the SDK does it by itself.'),
  })
  .optional()

const identity = z
  .object({
    issuer: z.string().describe('The issuer, as its tokens name it.'),
    subject: z.string().describe('The id that the issuer knows you by.'),
    createdAt: z.date().describe('When you first came with its token.'),
  })
  .meta({ id: 'Identity', description: 'What ties an account to a trusted issuer of tokens.' })

export const exportItem = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('account'), account: user }),
    z.object({ kind: z.literal('identity'), identity }),
    z.object({ kind: z.literal('presence'), presence }),
    z.object({ kind: z.literal('device'), device }),
    z.object({ kind: z.literal('apiKey'), apiKey }),
    z.object({ kind: z.literal('friend'), friend }),
    z.object({ kind: z.literal('block'), block }),
    z.object({ kind: z.literal('room'), room }),
    z.object({ kind: z.literal('message'), message }),
    z.object({ kind: z.literal('meeting'), meeting }),
    z.object({ kind: z.literal('invitation'), invitation: ownInvitation }),
    z.object({ kind: z.literal('stay'), meetingId, stay }),
    z.object({ kind: z.literal('attended'), attended: ownSession }),
    z.object({
      kind: z.literal('recording'),
      recording,
      viewers: z.array(viewer).describe('Whom it is shared with by name.'),
      links: z.array(recordingLink).describe('The links to it, also those that were revoked.'),
    }),
    z.object({ kind: z.literal('view'), view: ownView }),
    z.object({ kind: z.literal('upload'), upload }),
    z.object({ kind: z.literal('labelMembership'), membership: ownMembership }),
    z.object({ kind: z.literal('listener'), listener }),
    z.object({ kind: z.literal('fee'), fee: listenerFee }),
    z.object({ kind: z.literal('audit'), entry: auditEntry }),
  ])
  .meta({ id: 'ExportItem', description: 'A part of what the server holds of you.', open: true })
