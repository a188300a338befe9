import { z } from 'zod'
import { deviceId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'

export const device = z
  .object({
    id: deviceId,
    name: z.string().describe('What it was called at sign-in, or the program and system it told of.'),
    address: z.string().nullable().describe('Where it was last seen from; after 30 days only the network.'),
    createdAt: z.date().describe('When it signed in.'),
    lastSeenAt: z.date().describe('When it was last used, to about a minute.'),
    current: z.boolean().describe('Whether this call came from it.'),
  })
  .meta({ id: 'Device', description: 'A place where a user is signed in.' })

export const listInput = z.object(pageInput)

export const devicePage = pageOf(device)

export const revokeInput = z.union(
  [
    z.strictObject({ deviceId }),
    z.strictObject({ others: z.literal(true).describe('All devices but the one that calls.') }),
  ],
  { error: 'Give either deviceId or others.' },
)
