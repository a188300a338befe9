import { requireAccess } from '../../../access.ts'
import { ApiError } from '../../../errors.ts'
import { anyone, signedIn } from '../../../trpc.ts'
import { takeView } from '../links/store.ts'
import { findRecording } from '../store.ts'
import { beginView, checkLink, requirePasswords } from './open.ts'
import { openLinkInput, playback, playbackInput } from './schema.ts'

/** Part of the router of recordings. */
export const playingProcedures = {
  playback: signedIn
    .meta({
      summary: 'Open a recording that you may see, to play it: it is noted for the owner.',
      description: 'Where it has a password, everybody but the owner gives it. The password alone opens nothing.',
      errors: ['NOT_FOUND', 'PASSWORD_NEEDED', 'WRONG_PASSWORD'],
    })
    .input(playbackInput)
    .output(playback)
    .mutation(async ({ ctx, input: { recordingId, password } }) => {
      await requireAccess(ctx.db, ctx.auth, 'recording.see', [recordingId])
      const { userId } = ctx.auth
      const recording = await findRecording(ctx.db, recordingId, userId)
      if (recording === undefined) throw new ApiError('NOT_FOUND')
      const { title, mayDownload, lock, ownerId, passwordHash } = recording
      const hash = ownerId === userId ? null : passwordHash
      await requirePasswords(
        ctx,
        [recordingId, userId],
        [{ hash, given: password, field: 'password', of: 'The recording' }],
      )
      await ctx.limits.beforeOpening([recordingId, userId])
      return beginView(ctx.db, { recordingId, title, mayDownload, lock, by: { user: ctx.auth } })
    }),

  openLink: anyone
    .meta({
      summary: 'Open a recording by a link to it, with an account or without: it counts as a view of the link.',
      description:
        'Asks for the password of the link, where it has one, and for that of the recording, where it has one. Wrong ones are ' +
        'counted per link and network: after five there is a pause, for whoever gave them.',
      errors: ['NOT_FOUND', 'LINK_EXPIRED', 'LINK_USED_UP', 'PASSWORD_NEEDED', 'WRONG_PASSWORD'],
    })
    .input(openLinkInput)
    .output(playback)
    .mutation(async ({ ctx, input }) => {
      const { id: linkId, recordingId, title, mayDownload, lock, whom } = await checkLink(ctx, input)
      await ctx.limits.beforeOpening(whom)
      return ctx.db.transaction().execute(async (tx) => {
        if (!(await takeView(tx, linkId))) throw new ApiError('LINK_USED_UP')
        return beginView(tx, { recordingId, title, mayDownload, lock, by: { linkId } })
      })
    }),
}
