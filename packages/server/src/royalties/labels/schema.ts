import { z } from 'zod'
import { idempotencyKey, labelId, userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'

export const maxMembers = 200

const kind = z
  .enum(['label', 'holder'])
  .describe('`label`, or `holder`: somebody else who has rights, such as an artist or a publisher.')

const name = text({ min: 1, max: 200, visible: true, line: true }).describe(
  'Name, 1 to 200 characters; no two have the same, whatever the case.',
)

const member = z
  .object({
    userId,
    userName: z.string().describe('User name.'),
    addedAt: z.date(),
  })
  .meta({ id: 'LabelMember', description: 'A user who sees the reports and statements of a label.' })

export const label = z
  .object({
    id: labelId,
    kind: kind.meta({ open: true }),
    name: z.string().describe('Name.'),
    createdAt: z.date(),
    modifiedAt: z.date(),
    members: z
      .array(member)
      .max(maxMembers)
      .optional()
      .describe(
        'Who sees its reports and statements, in the order in which they were added; for who keeps the accounts.',
      ),
  })
  .meta({ id: 'Label', description: 'Who is paid: a label, or another holder of rights.' })

export const ownMembership = z
  .object({ labelId, labelName: z.string().describe('Name of the label.'), addedAt: z.date() })
  .meta({ id: 'OwnLabelMembership', description: 'A label whose reports and statements you see.' })

export const createInput = z.object({ name, kind: kind.default('label'), idempotencyKey })
export const labelInput = z.object({ labelId })
export const updateInput = z.object({ labelId, name: name.optional(), kind: kind.optional() })
export const memberInput = z.object({ labelId, userId })
export const listInput = z.object(pageInput)
export const labelPage = pageOf(label)
