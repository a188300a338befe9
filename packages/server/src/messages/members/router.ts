import { z } from 'zod'
import { requireAccess } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { type RoomId, type UserId, userId } from '../../ids.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { router, signedIn } from '../../trpc.ts'
import { holdUsers } from '../../users/locks.ts'
import { blockedAmong } from '../visible/store.ts'
import { addInput, listInput, member, memberInput, memberList, memberPage, setRoleInput } from './schema.ts'
import { enterGroup, requireBelow } from './standing.ts'
import {
  bannedAmong,
  deleteBan,
  deleteMember,
  findMember,
  findMembers,
  insertBan,
  insertMember,
  listBans,
  listMembers,
  updateRole,
} from './store.ts'

export const membersRouter = router({
  list: signedIn
    .meta({
      summary: 'Who is in a room that you are in, in the order of the user ids.',
      errors: ['NOT_FOUND', 'ROLE_TOO_LOW', 'BAD_CURSOR'],
    })
    .input(listInput)
    .output(memberPage)
    .query(async ({ ctx, input: { roomId, banned, limit, cursor } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      const [after] = decodeCursor(cursor, z.tuple([userId])) ?? []
      const page = { after, limit: limit + 1 }
      if (!banned) {
        const members = await listMembers(ctx.db, roomId, page)
        const rows = members.map((row) => ({ ...row, bannedAt: null }))
        return toPage(rows, limit, (row) => [row.userId])
      }
      const me = found(await findMember(ctx.db, roomId, ctx.auth.userId))
      if (me.role === 'member') throw new ApiError('ROLE_TOO_LOW')
      const rows = (await listBans(ctx.db, roomId, page)).map((row) => ({ ...row, role: null, joinedAt: null }))
      return toPage(rows, limit, (row) => [row.userId])
    }),

  add: signedIn
    .meta({
      summary: 'Add people to a group, all of them or none. For administrators of the room.',
      errors: ['NOT_FOUND', 'NOT_A_GROUP', 'ROLE_TOO_LOW', 'BANNED', 'BLOCKED'],
      idempotent: true,
    })
    .input(addInput)
    .output(memberList)
    .mutation(async ({ ctx, input: { roomId, userIds } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      return ctx.db.transaction().execute((tx) => add(tx, ctx.auth.userId, roomId, [...new Set(userIds)]))
    }),

  remove: signedIn
    .meta({
      summary: 'Take somebody out of a group. For administrators of the room.',
      description: 'They keep what they could see. An administrator is removed by the owner alone.',
      errors: ['NOT_FOUND', 'NOT_A_GROUP', 'ROLE_TOO_LOW', 'NOT_YOURSELF'],
    })
    .input(memberInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { roomId, userId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      const actorId = ctx.auth.userId
      await ctx.db.transaction().execute(async (tx) => {
        const { me } = await enterGroup(tx, roomId, actorId, 'admin')
        if (userId === actorId) throw new ApiError('NOT_YOURSELF', { field: 'userId' })
        const { role } = found(await findMember(tx, roomId, userId))
        requireBelow(role, me.role)
        await deleteMember(tx, { roomId, userId, actorId, kind: 'member.removed' })
      })
    }),

  setRole: signedIn
    .meta({
      summary: 'Make a member an administrator, a member or the owner. For the owner of the room.',
      errors: ['NOT_FOUND', 'NOT_A_GROUP', 'ROLE_TOO_LOW', 'OWNER_STAYS'],
      idempotent: true,
    })
    .input(setRoleInput)
    .output(member)
    .mutation(async ({ ctx, input: { roomId, userId, role } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      const actorId = ctx.auth.userId
      return ctx.db.transaction().execute(async (tx) => {
        await enterGroup(tx, roomId, actorId, 'owner')
        const member = found(await findMember(tx, roomId, userId))
        if (member.role === role) return member
        if (userId === actorId) throw new ApiError('OWNER_STAYS', { field: 'role' })
        const changed = await updateRole(tx, { roomId, userId, actorId, role })
        if (role === 'owner') await updateRole(tx, { roomId, userId: actorId, actorId, role: 'admin' })
        return changed
      })
    }),

  ban: signedIn
    .meta({
      summary: 'Keep somebody out of a group, and take them out of it. For administrators of the room.',
      description: 'They cannot join, nor be added, until the ban is taken back.',
      errors: ['NOT_FOUND', 'NOT_A_GROUP', 'ROLE_TOO_LOW', 'NOT_YOURSELF'],
      idempotent: true,
    })
    .input(memberInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { roomId, userId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      const actorId = ctx.auth.userId
      await ctx.db.transaction().execute(async (tx) => {
        const { me } = await enterGroup(tx, roomId, actorId, 'admin')
        if (userId === actorId) throw new ApiError('NOT_YOURSELF', { field: 'userId' })
        if ((await holdUsers(tx, [userId])).length === 0) throw new ApiError('NOT_FOUND', { field: 'userId' })
        const present = await findMember(tx, roomId, userId)
        if (present !== undefined) requireBelow(present.role, me.role)
        await insertBan(tx, { roomId, userId, actorId })
        if (present === undefined) return
        await deleteMember(tx, { roomId, userId, actorId, kind: 'member.removed', detail: 'banned' })
      })
    }),

  unban: signedIn
    .meta({
      summary: 'Take a ban back. For administrators of the room.',
      description: 'It brings nobody back: they may join or be added again.',
      errors: ['NOT_FOUND', 'NOT_A_GROUP', 'ROLE_TOO_LOW'],
    })
    .input(memberInput)
    .output(z.void())
    .mutation(async ({ ctx, input: { roomId, userId } }) => {
      await requireAccess(ctx.db, ctx.auth, 'room.member', [roomId])
      await ctx.db.transaction().execute(async (tx) => {
        await enterGroup(tx, roomId, ctx.auth.userId, 'admin')
        found((await deleteBan(tx, roomId, userId)) || undefined)
      })
    }),
})

/** @throws NOT_FOUND, NOT_A_GROUP, ROLE_TOO_LOW, BANNED, BLOCKED */
async function add(tx: Db, actorId: UserId, roomId: RoomId, userIds: readonly UserId[]) {
  await enterGroup(tx, roomId, actorId, 'admin')
  if ((await holdUsers(tx, userIds)).length < userIds.length) {
    throw new ApiError('NOT_FOUND', { field: 'userIds', message: 'There is no user of one of these ids.' })
  }
  const present = await findMembers(tx, roomId, userIds)
  const absent = userIds.filter((id) => !present.some((member) => member.userId === id))
  if ((await bannedAmong(tx, roomId, absent)).length > 0) throw new ApiError('BANNED', { field: 'userIds' })
  if ((await blockedAmong(tx, actorId, absent)).length > 0) throw new ApiError('BLOCKED', { field: 'userIds' })
  for (const userId of absent) await insertMember(tx, { roomId, userId, actorId })
  return findMembers(tx, roomId, userIds)
}

function found<Found>(result: Found | undefined): Found {
  if (result === undefined) throw new ApiError('NOT_FOUND', { field: 'userId' })
  return result
}
