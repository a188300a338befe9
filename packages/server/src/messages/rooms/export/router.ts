import { tracked } from '@trpc/server'
import { z } from 'zod'
import { requireAccess } from '../../../access.ts'
import { ApiError } from '../../../errors.ts'
import { signedIn } from '../../../trpc.ts'
import { audit } from '../../../users/audit/record.ts'
import { sections } from './read.ts'
import { exportInput, roomExportItem } from './schema.ts'

const names = Object.keys(sections)
const place = z.string().regex(/^(room:1?|member:(usr_[0-9a-z]{26})?|message:\d{0,16})$/)

export const exportProcedure = signedIn
  .meta({
    summary:
      'A whole room, item by item: its settings, its members and all messages that you may see, the oldest first.',
    description:
      'Who has left gets the messages alone. `GET /api/v1/messages.rooms.export?roomId=...` gives the same as one JSON array.',
    errors: ['NOT_FOUND', 'BAD_CURSOR'],
    finite: true,
    event: roomExportItem,
  })
  .input(exportInput)
  .subscription(async function* ({ ctx, input: { roomId, lastEventId }, signal }) {
    const { userId } = ctx.auth
    await requireAccess(ctx.db, ctx.auth, 'room.read', [roomId])
    if (lastEventId !== undefined && !place.safeParse(lastEventId).success) {
      throw new ApiError('BAD_CURSOR', { field: 'lastEventId' })
    }
    if (lastEventId === undefined) await audit(ctx.db, ctx, { action: 'messages.rooms.export', target: roomId })
    const [first = names[0], position = ''] = lastEventId?.split(':', 2) ?? []
    for (const name of names.slice(names.indexOf(first ?? ''))) {
      let after = name === first ? position : ''
      for (;;) {
        if (signal?.aborted) return
        const items = (await sections[name]?.(ctx.db, userId, roomId, after)) ?? []
        for (const [at, item] of items) yield tracked(`${name}:${at}`, item)
        const last = items.at(-1)?.[0]
        if (last === undefined) break
        after = last
      }
    }
  })
