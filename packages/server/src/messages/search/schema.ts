import { z } from 'zod'
import { roomId, userId } from '../../ids.ts'
import { pageInput } from '../../page.ts'
import { text } from '../../text.ts'

export const searchInput = z.object({
  query: text({ min: 1, max: 200, visible: true }).describe(
    'Words, 1 to 200 characters: messages that hold all of them are found. Of the last word its beginning is enough.',
  ),
  roomId: roomId.optional().describe('Only in this room.'),
  senderId: userId.optional().describe('Only from this user.'),
  ...pageInput,
})
