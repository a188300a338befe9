import { z } from 'zod'
import { text } from '../../../text.ts'
import { member } from '../../members/schema.ts'
import { message } from '../../schema.ts'
import { room, roomInput } from '../schema.ts'

export const exportInput = roomInput.extend({
  lastEventId: text({ max: 200 }).optional().describe('Where to go on; the SDK does it by itself.'),
})

export const roomExportItem = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('room'), room }),
    z.object({ kind: z.literal('member'), member }),
    z.object({ kind: z.literal('message'), message }),
  ])
  .meta({ id: 'RoomExportItem', description: 'A part of a room.', open: true })
