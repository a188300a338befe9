import { tracked } from '@trpc/server'
import { z } from 'zod'
import { ApiError } from '../../errors.ts'
import { signedIn } from '../../trpc.ts'
import { audit } from '../audit/record.ts'
import { sections } from './read.ts'
import { exportInput, exportItem } from './schema.ts'

const names = Object.keys(sections)
const place = z
  .string()
  .regex(/^[a-zA-Z]+:(1|[a-z]{3}_[0-9a-z]{26}(\/\d{1,16})?|\d{1,19})?$/)
  .refine((text) => names.includes(text.split(':', 1)[0] ?? ''))

export const exportProcedure = signedIn
  .meta({
    summary: 'Everything the server holds of you, item by item.',
    description:
      'Account, presence, devices, keys, friends, blocks, rooms, the messages you sent, and the lines of the audit log. ' +
      '`GET /api/v1/users.export` gives the same as one JSON array.',
    errors: ['BAD_CURSOR'],
    finite: true,
    event: exportItem,
  })
  .input(exportInput)
  .subscription(async function* ({ ctx, input, signal }) {
    const from = input?.lastEventId
    if (from !== undefined && !place.safeParse(from).success) throw new ApiError('BAD_CURSOR', { field: 'lastEventId' })
    if (from === undefined) await audit(ctx.db, ctx, { action: 'users.export', target: ctx.auth.userId })
    const [first = names[0], position = ''] = from?.split(':', 2) ?? []
    for (const name of names.slice(names.indexOf(first ?? ''))) {
      let after = name === first ? position : ''
      for (;;) {
        if (signal?.aborted) return
        const items = (await sections[name]?.(ctx.db, ctx.auth, after)) ?? []
        for (const [at, item] of items) yield tracked(`${name}:${at}`, item)
        const last = items.at(-1)?.[0]
        if (last === undefined) break
        after = last
      }
    }
  })
