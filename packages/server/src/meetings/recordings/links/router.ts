import { z } from 'zod'
import { requireAccess } from '../../../access.ts'
import { newToken } from '../../../auth/tokens.ts'
import { ApiError } from '../../../errors.ts'
import { once } from '../../../idempotency.ts'
import { newId, recordingLinkId } from '../../../ids.ts'
import { decodeCursor, toPage } from '../../../page.ts'
import { signedIn } from '../../../trpc.ts'
import { hashForOnce } from '../../../users/passwords.ts'
import { lockRecording } from '../store.ts'
import { createdLink, createInput, linkPage, listInput, maxLinks, revokeInput } from './schema.ts'
import { countLinks, insertLink, listLinks, revokeLink } from './store.ts'

/** Part of the router of recordings. */
export const linkProcedures = {
  createLink: signedIn
    .meta({
      summary: 'Make a link to a recording of yours, for people without an account, too.',
      description: 'Links work while the visibility of the recording is `link`.',
      errors: ['NOT_FOUND', 'TOO_MANY_LINKS', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(createdLink)
    .mutation(async ({ ctx, input }) => {
      const { recordingId, name, password, expiresAt = null, maxViews = null, mayDownload } = input
      await requireAccess(ctx.db, ctx.auth, 'recording.own', [recordingId])
      const call = { auth: ctx.auth, procedure: 'meetings.recordings.createLink', input }
      const passwordHash = await hashForOnce(ctx, call, password)
      return once(ctx.db, call, async (tx) => {
        if ((await lockRecording(tx, recordingId)) === undefined) throw new ApiError('NOT_FOUND')
        if ((await countLinks(tx, recordingId)) >= maxLinks) throw new ApiError('TOO_MANY_LINKS')
        const { id, token, secretHash } = newToken(newId('recordingLink'))
        const link = await insertLink(tx, {
          ...{ id, recordingId, name, secretHash, passwordHash, expiresAt, maxViews, mayDownload },
          createdBy: ctx.auth.userId,
        })
        return { link, url: `${ctx.publicUrl().replace(/\/+$/, '')}/watch#${token}` }
      })
    }),

  revokeLink: signedIn
    .meta({
      summary: 'Make a link stop working. What is played by it stops within a minute.',
      errors: ['NOT_FOUND'],
      idempotent: true,
    })
    .input(revokeInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { linkId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'recording.ownLink', [linkId])
      await revokeLink(ctx.db, linkId)
    }),

  listLinks: signedIn
    .meta({
      summary: 'The links to a recording of yours, the newest first; revoked ones are among them.',
      errors: ['NOT_FOUND', 'BAD_CURSOR'],
    })
    .input(listInput)
    .output(linkPage)
    .query(async ({ ctx, input: { recordingId, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'recording.own', [recordingId])
      const [before] = decodeCursor(cursor, z.tuple([recordingLinkId])) ?? []
      const rows = await listLinks(ctx.db, recordingId, { before, limit: limit + 1 })
      return toPage(rows, limit, ({ id }) => [id])
    }),
}
