import { z } from 'zod'
import { all, requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { appendEvent } from '../../events/log.ts'
import { once } from '../../idempotency.ts'
import { type RoomId, roomId, type UserId } from '../../ids.ts'
import { decodeCursor, encodeCursor, toPage } from '../../page.ts'
import { type Context, router, signedIn } from '../../trpc.ts'
import { chooseAvatar } from '../../uploads/avatars/choose.ts'
import { isBlocking } from '../../users/blocks/store.ts'
import { holdUsers } from '../../users/locks.ts'
import { membersRouter } from '../members/router.ts'
import { enterGroup } from '../members/standing.ts'
import { bannedAmong, deleteMember, findMember, hasOthers, insertMember, lockRoom } from '../members/store.ts'
import { blockedAmong } from '../visible/store.ts'
import { exportProcedure } from './export/router.ts'
import { purgeRemoved } from './retention/purge.ts'
import { endRoom } from './retention/store.ts'
import { archiveInput, createInput, directInput, listInput, room, roomInput, roomPage, updateInput } from './schema.ts'
import {
  ensureDirectRoom,
  findDirectRoom,
  findRoom,
  insertRoom,
  listRooms,
  type RoomsPosition,
  setArchived,
  updateRoom,
} from './store.ts'

const time = z.iso.datetime().transform((text) => new Date(text))
const position = z.union([
  z.tuple([z.literal('down'), z.tuple([time, roomId]), time, roomId]),
  z.tuple([z.literal('up'), time, roomId]),
  z.tuple([z.literal('made'), roomId]),
])

/** Sorts before every room's id. */
const lowestRoomId: RoomId = `rom_${'0'.repeat(26)}`

export const roomsRouter = router({
  create: signedIn
    .meta({
      summary: 'Make a group room; you own it.',
      errors: ['NOT_FOUND', 'BLOCKED', 'IDEMPOTENCY_KEY_REUSED'],
    })
    .input(createInput)
    .output(room)
    .mutation(({ ctx, input }) =>
      once(ctx.db, { auth: ctx.auth, procedure: 'messages.rooms.create', input }, async (tx) => {
        const { userId } = ctx.auth
        const memberIds = [...new Set(input.memberIds)]
        const people = [...new Set([userId, ...memberIds])]
        if ((await holdUsers(tx, people)).length < people.length) {
          throw new ApiError('NOT_FOUND', { field: 'memberIds', message: 'There is no user of one of these ids.' })
        }
        if ((await blockedAmong(tx, userId, memberIds)).length > 0)
          throw new ApiError('BLOCKED', { field: 'memberIds' })
        const { name, topic, access, history } = input
        const id = await insertRoom(tx, { kind: 'group', name, topic, access, history, ownerId: userId, memberIds })
        return found(await findRoom(tx, userId, id))
      }),
    ),

  direct: signedIn
    .meta({
      summary: 'The one room of you and another person, made on first use.',
      errors: ['NOT_FOUND', 'BLOCKED'],
      idempotent: true,
    })
    .input(directInput)
    .output(room)
    .mutation(async ({ ctx, input }) => {
      const { userId } = ctx.auth
      const existing = await findDirectRoom(ctx.db, userId, input.userId)
      if (existing !== undefined) return found(await findRoom(ctx.db, userId, existing))
      await requireAccess(ctx.db, ctx.auth, 'user.approach', [input.userId])
      if (await isBlocking(ctx.db, userId, input.userId)) throw new ApiError('BLOCKED', { field: 'userId' })
      return ctx.db.transaction().execute(async (tx) => {
        const people = [...new Set([userId, input.userId])]
        if ((await holdUsers(tx, people)).length < people.length) throw new ApiError('NOT_FOUND')
        const id = await ensureDirectRoom(tx, userId, input.userId)
        return found(await findRoom(tx, userId, id))
      })
    }),

  get: signedIn
    .meta({ summary: 'A room that you are in, or that everybody may join.', errors: ['NOT_FOUND'] })
    .input(roomInput)
    .output(room)
    .query(async ({ ctx, input }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.see', [input.roomId])
      return found(await findRoom(ctx.db, ctx.auth.userId, input.roomId))
    }),

  list: signedIn
    .meta({
      summary: 'Your rooms, those that everybody may join, or all, the most recently active first.',
      description:
        'No room is missing at the end of the list, also where rooms were active meanwhile: those come once more, last and as they are then.',
      errors: ['BAD_CURSOR'],
    })
    .input(listInput)
    .output(roomPage)
    .query(async ({ ctx, input: { scope, userId, limit, cursor } }) => {
      if (scope === 'all') await requireAccess(ctx.db, ctx.auth, 'room.listAll', [all])
      const from = decodeCursor(cursor, position)
      if (from !== undefined && (from[0] === 'made') !== (scope === 'all')) throw new ApiError('BAD_CURSOR')
      const rows = await listRooms(ctx.db, ctx.auth.userId, { scope, userId, from, limit: limit + 1 })
      return scope === 'all' ? toPage(rows, limit, ({ id }) => ['made', id]) : toRoomPage(rows, limit, from)
    }),

  update: signedIn
    .meta({
      summary: 'Change the settings of a group. For administrators of the room.',
      description: 'A field left out stays as it is. `history` is about what is sent from then on.',
      errors: [
        ...(['NOT_FOUND', 'NOT_A_GROUP', 'ROLE_TOO_LOW'] as const),
        ...(['UPLOAD_UNKNOWN', 'UPLOAD_INCOMPLETE', 'AVATAR_UNFIT'] as const),
      ],
      idempotent: true,
    })
    .input(updateInput)
    .output(room)
    .mutation(async ({ ctx, input: { roomId, avatar, ...change } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      const { userId } = ctx.auth
      return ctx.db.transaction().execute(async (tx) => {
        const { room } = await enterGroup(tx, roomId, userId, 'admin')
        const fields = ['name', 'topic', 'access', 'history', 'retentionDays'] as const
        const isChanged = fields.some((field) => change[field] !== undefined && change[field] !== room[field])
        const hasNewAvatar = avatar !== undefined && avatar !== room.avatar
        if (hasNewAvatar) await chooseAvatar(tx, { table: 'rooms', id: roomId }, userId, avatar)
        if (isChanged) await updateRoom(tx, roomId, userId, change)
        else if (hasNewAvatar) await appendEvent(tx, { roomId, kind: 'room.updated', actorId: userId })
        return found(await findRoom(tx, userId, roomId))
      })
    }),

  archive: signedIn
    .meta({
      summary: 'Archive a group, or take it back into use. For administrators of the room.',
      description: 'In an archived room nothing is written any more; it is read as ever, and people come and go.',
      errors: ['NOT_FOUND', 'NOT_A_GROUP', 'ROLE_TOO_LOW'],
      idempotent: true,
    })
    .input(archiveInput)
    .output(room)
    .mutation(async ({ ctx, input: { roomId, archived } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      const { userId } = ctx.auth
      return ctx.db.transaction().execute(async (tx) => {
        const { room } = await enterGroup(tx, roomId, userId, 'admin')
        if ((room.archivedAt !== null) !== archived) await setArchived(tx, roomId, userId, archived)
        return found(await findRoom(tx, userId, roomId))
      })
    }),

  remove: signedIn
    .meta({
      summary: 'Remove a group with all its messages, for everybody. For the owner of the room.',
      description: 'This cannot be taken back. Those who were in it hear of it by `messages.since`, once.',
      errors: ['NOT_FOUND', 'NOT_A_GROUP', 'ROLE_TOO_LOW'],
    })
    .input(roomInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { roomId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      await ctx.db.transaction().execute(async (tx) => {
        await enterGroup(tx, roomId, ctx.auth.userId, 'owner')
        await endRoom(tx, roomId, ctx.auth.userId)
      })
      await clear(ctx, roomId)
    }),

  join: signedIn
    .meta({
      summary: 'Join a room that is open to everybody.',
      errors: ['NOT_FOUND', 'BANNED'],
      idempotent: true,
    })
    .input(roomInput)
    .output(room)
    .mutation(async ({ ctx, input: { roomId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.see', [roomId])
      const { userId } = ctx.auth
      return ctx.db.transaction().execute(async (tx) => {
        await join(tx, roomId, userId)
        return found(await findRoom(tx, userId, roomId))
      })
    }),

  leave: signedIn
    .meta({
      summary: 'Leave a group.',
      description:
        'You keep what you could see. An owner makes somebody else the owner first; where nobody else is in the room, it is removed.',
      errors: ['NOT_FOUND', 'NOT_A_GROUP', 'OWNER_STAYS'],
    })
    .input(roomInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { roomId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      const isOver = await ctx.db.transaction().execute((tx) => leave(tx, roomId, ctx.auth.userId))
      if (isOver) await clear(ctx, roomId)
    }),

  export: exportProcedure,
  members: membersRouter,
})

/** @throws NOT_FOUND, BANNED */
async function join(tx: Db, roomId: RoomId, userId: UserId): Promise<void> {
  const { access } = found(await lockRoom(tx, roomId))
  if ((await findMember(tx, roomId, userId)) !== undefined) return
  if (access !== 'open' || (await holdUsers(tx, [userId])).length === 0) throw new ApiError('NOT_FOUND')
  if ((await bannedAmong(tx, roomId, [userId])).length > 0) throw new ApiError('BANNED')
  await insertMember(tx, { roomId, userId, actorId: userId })
}

/**
 * Whether the room has ended by it.
 * @throws NOT_FOUND, NOT_A_GROUP, OWNER_STAYS
 */
async function leave(tx: Db, roomId: RoomId, userId: UserId): Promise<boolean> {
  const { me } = await enterGroup(tx, roomId, userId, 'member')
  if (!(await hasOthers(tx, roomId, userId))) {
    await endRoom(tx, roomId, userId)
    return true
  }
  if (me.role === 'owner') throw new ApiError('OWNER_STAYS')
  await deleteMember(tx, { roomId, userId, actorId: userId, kind: 'member.left' })
  return false
}

/** Deletes what a removed room held. It is removed in any case: what goes wrong here is left to the sweep. */
async function clear({ db, log }: Context, roomId: RoomId): Promise<void> {
  await purgeRemoved(db, roomId).catch((error: unknown) =>
    log.warn({ err: error, roomId }, 'a room is not cleared yet'),
  )
}

type Row = Awaited<ReturnType<typeof listRooms>>[number]

/** Below the last room of the way down come those that moved up meanwhile: above what was the first at the start. */
function toRoomPage(rows: Row[], limit: number, from: RoomsPosition | undefined) {
  const [first] = rows
  const started =
    from?.[0] === 'down' ? from[1] : ([first?.lastEventAt ?? new Date(0), first?.id ?? lowestRoomId] as const)
  const page = toPage(rows, limit, ({ lastEventAt, id }) =>
    from?.[0] === 'up' ? ['up', lastEventAt, id] : ['down', started, lastEventAt, id],
  )
  const isBottom = page.nextCursor === null && from?.[0] === 'down'
  return isBottom ? { ...page, nextCursor: encodeCursor(['up', ...started]) } : page
}

function found<Found>(row: Found | undefined): Found {
  if (row === undefined) throw new ApiError('NOT_FOUND')
  return row
}
