import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import { roomId } from '../../ids.ts'
import { countFitting, decodeCursor, toPage } from '../../page.ts'
import { signedIn } from '../../trpc.ts'
import { seq } from '../rooms/schema.ts'
import { messagePage } from '../schema.ts'
import { weightOf } from '../store.ts'
import { searchInput } from './schema.ts'
import { searchMessages } from './store.ts'

const time = z.iso.datetime().transform((text) => new Date(text))

/** Part of the messages router. */
export const searchProcedures = {
  search: signedIn
    .meta({
      summary: 'Messages that hold all of some words, newest first.',
      description:
        'Of all rooms you are in or were in, as far as you may see them. Words are compared as they are, without regard to case; ' +
        'scripts that put no blanks between words are found by how a run of letters begins.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(searchInput)
    .output(messagePage)
    .query(async ({ ctx, input: { limit, cursor, ...filter } }) => {
      if (filter.roomId !== undefined) await requireAccess(ctx.db, ctx.auth, 'room.read', [filter.roomId])
      const after = decodeCursor(cursor, z.tuple([time, roomId, seq]))
      const { userId } = ctx.auth
      const page = { ...filter, after, limit: limit + 1 }
      const rows = await ctx.slowly(userId, () => searchMessages(ctx.db, userId, page))
      const fitting = countFitting(rows.slice(0, limit), weightOf)
      return toPage(rows, fitting, ({ sentAt, roomId, seq }) => [sentAt, roomId, seq])
    }),
}
