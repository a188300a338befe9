import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { type UserId, userId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { router, signedIn } from '../../trpc.ts'
import { isBlocking } from '../blocks/store.ts'
import { friend, friendPage, listInput, personInput } from './schema.ts'
import {
  acceptRequest,
  countOutgoing,
  deleteFriend,
  deleteRequest,
  type FriendRecord,
  findFriend,
  insertRequest,
  listFriends,
  lockPair,
} from './store.ts'

/** Requests of one person that may wait at a time. */
const maxOutgoing = 1_000

export const friendsRouter = router({
  request: signedIn
    .meta({
      summary: 'Ask somebody to be your friend; where they have asked you, you are friends now.',
      errors: ['NOT_FOUND', 'NOT_YOURSELF', 'BLOCKED'],
      idempotent: true,
    })
    .input(personInput)
    .output(friend)
    .mutation(async ({ ctx, input }) => {
      if (input.userId === ctx.auth.userId) throw new ApiError('NOT_YOURSELF', { field: 'userId' })
      await requireAccess(ctx.db, ctx.auth, 'user.approach', [input.userId])
      return ctx.db.transaction().execute((tx) => request(tx, ctx.auth.userId, input.userId))
    }),

  accept: signedIn
    .meta({ summary: 'Accept a request: you are friends.', errors: ['NOT_FOUND'] })
    .input(personInput)
    .output(friend)
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'user.approach', [input.userId])
      return ctx.db.transaction().execute(async (tx) => {
        found(await lockPair(tx, ctx.auth.userId, input.userId))
        return found(await acceptRequest(tx, ctx.auth.userId, input.userId))
      })
    }),

  decline: signedIn
    .meta({
      summary: 'Decline a request.',
      description: 'Nothing tells the other person; the request is gone, and they may ask again.',
      errors: ['NOT_FOUND'],
    })
    .input(personInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'user.read', [input.userId])
      found(await deleteRequest(ctx.db, ctx.auth.userId, input.userId))
    }),

  remove: signedIn
    .meta({ summary: 'End a friendship, or withdraw your own request.', errors: ['NOT_FOUND'] })
    .input(personInput)
    .output(z.void())
    .mutation(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'user.read', [input.userId])
      found(await deleteFriend(ctx.db, ctx.auth.userId, input.userId))
    }),

  list: signedIn
    .meta({ summary: 'Your friends, or the requests that wait, in the order of the user ids.', errors: ['BAD_CURSOR'] })
    .input(listInput)
    .output(friendPage)
    .query(async ({ ctx, input: { state, limit, cursor } }) => {
      const [after] = decodeCursor(cursor, z.tuple([userId])) ?? []
      const rows = await listFriends(ctx.db, ctx.auth.userId, { state, after, limit: limit + 1 })
      return toPage(rows, limit, (row) => [row.userId])
    }),
})

/** @throws NOT_FOUND, BLOCKED, RATE_LIMITED */
async function request(tx: Db, requesterId: UserId, otherId: UserId): Promise<FriendRecord> {
  found(await lockPair(tx, requesterId, otherId))
  if (await isBlocking(tx, requesterId, otherId)) throw new ApiError('BLOCKED', { field: 'userId' })
  const friend = await findFriend(tx, requesterId, otherId)
  if (friend?.state === 'incoming') return found(await acceptRequest(tx, requesterId, otherId))
  if (friend !== undefined) return friend
  if ((await countOutgoing(tx, requesterId, maxOutgoing)) < maxOutgoing) return insertRequest(tx, requesterId, otherId)
  const message = `At most ${maxOutgoing.toLocaleString('en')} of your requests may wait at a time.`
  throw new ApiError('RATE_LIMITED', { message })
}

function found<Found>(result: Found | undefined | false): Found {
  if (result === undefined || result === false) throw new ApiError('NOT_FOUND', { field: 'userId' })
  return result
}
