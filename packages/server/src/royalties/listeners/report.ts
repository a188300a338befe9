import { all, requireAccess } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { decodeCursor } from '../../page.ts'
import { caller } from '../../trpc.ts'
import { models } from '../models/models.ts'
import { ofListener, shownLines } from '../report/ofListener.ts'
import { pageAfter, rankInCursor } from '../report/ranked.ts'
import { listenerReport, listenerReportInput } from '../report/schema.ts'
import { keyOfListener, listenerOf } from '../report/store.ts'

export const report = caller
  .meta({
    summary: 'What a listener heard in a period, and where their fee goes.',
    description:
      'For the listener who you are, and for who keeps the accounts. By a pro-rata model a fee goes where all fees go, which is ' +
      'told to those who keep the accounts only.',
    errors: ['NOT_FOUND', 'BAD_CURSOR'],
  })
  .input(listenerReportInput)
  .output(listenerReport)
  .query(async ({ ctx: { db, auth }, input: { period, model, limit, cursor, ...input } }) => {
    const listenerId = input.listenerId ?? (auth.kind === 'user' ? await listenerOf(db, auth.userId) : undefined)
    await requireAccess(db, auth, 'listener.see', listenerId === undefined ? [] : [listenerId])
    if (models[model].pooled) await requireAccess(db, auth, 'royalties.keep', [all])
    const after = decodeCursor(cursor, rankInCursor)
    const listenerKey = listenerId && (await keyOfListener(db, listenerId))
    const found = listenerKey === undefined ? undefined : await ofListener(db, { listenerKey, period, model })
    if (found === undefined || listenerId === undefined) throw new ApiError('NOT_FOUND')
    const { page, nextCursor } = pageAfter(found.lines, { after, limit })
    return { ...found, listenerId, period, model, lines: await shownLines(db, page), nextCursor }
  })
