import { tracked } from '@trpc/server'
import { ApiError } from '../../errors.ts'
import { signedIn } from '../../trpc.ts'
import { audit } from '../audit/record.ts'
import { sections } from './read.ts'
import { exportInput, exportItem } from './schema.ts'

export const exportProcedure = signedIn
  .meta({
    summary: 'Everything the server holds of you, item by item.',
    description:
      'Account, identities, presence, devices, keys, friends, blocks, rooms, the messages you sent, meetings, recordings with their ' +
      'links and whom they are shared with, what you watched, your uploads, and the lines of the audit log. `GET /api/v1/users.export` gives the same as one JSON array.',
    errors: ['BAD_CURSOR'],
    finite: true,
    event: exportItem,
  })
  .input(exportInput)
  .subscription(async function* ({ ctx, input, signal }) {
    const from = input?.lastEventId === undefined ? undefined : placeOf(input.lastEventId)
    await audit(ctx.db, ctx, {
      action: 'users.export',
      target: ctx.auth.userId,
      ...(from !== undefined && { details: { after: from.name } }),
    })
    const all = Object.entries(sections)
    for (const [name, section] of all.slice(all.findIndex(([name]) => from === undefined || name === from.name))) {
      let after = name === from?.name ? from.position : ''
      for (;;) {
        if (signal?.aborted) return
        const items = await section.read(ctx.db, ctx.auth, after)
        for (const [position, item] of items) yield tracked(`${name}:${position}`, item)
        const last = items.at(-1)?.[0]
        if (last === undefined) break
        after = last
      }
    }
  })

/** @throws BAD_CURSOR for what no item was tracked by */
function placeOf(lastEventId: string): { name: string; position: string } {
  const [, name = '', position = ''] = /^([a-zA-Z]+):(.+)$/.exec(lastEventId) ?? []
  const section = Object.hasOwn(sections, name) ? sections[name] : undefined
  if (!section?.position.test(position)) throw new ApiError('BAD_CURSOR', { field: 'lastEventId' })
  return { name, position }
}
