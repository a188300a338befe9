import { z } from 'zod'
import { userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'

export const block = z
  .object({
    userId: userId.describe('Whom you block.'),
    createdAt: z.date().describe('Since when.'),
  })
  .meta({ id: 'Block', description: 'A person whom you block.' })

export const personInput = z.object({ userId: userId.describe('The other person.') })

export const listInput = z.object(pageInput)

export const blockPage = pageOf(block)
