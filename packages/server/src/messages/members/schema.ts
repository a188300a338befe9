import { z } from 'zod'
import { roomId, userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { roomRole } from '../rooms/schema.ts'

export const member = z
  .object({
    userId,
    role: roomRole,
    joinedAt: z.date().describe('When they came into the room, for the last time.'),
  })
  .meta({ id: 'Member', description: 'Somebody in a room.' })

export const listInput = z.object({
  roomId,
  banned: z.boolean().default(false).describe('Whom the room has banned instead of who is in it; for administrators.'),
  ...pageInput,
})

export const listedMember = z
  .object({
    userId,
    role: roomRole.nullable().describe('What they are in the room; null for who is banned.'),
    joinedAt: z.date().nullable().describe('When they came into the room; null for who is banned.'),
    bannedAt: z.date().nullable().describe('When they were banned; null for who is in the room.'),
  })
  .meta({ id: 'ListedMember', description: 'Somebody in a room, or banned from it.' })

export const memberPage = pageOf(listedMember)

export const addInput = z.object({
  roomId,
  userIds: z
    .array(userId)
    .min(1)
    .max(100)
    .describe('Whom to add, up to 100. Who is in the room already stays as they are.'),
})

export const memberList = z
  .array(member)
  .max(100)
  .describe('They as they are in the room now, in the order of the user ids.')

export const memberInput = z.object({ roomId, userId })

export const setRoleInput = z.object({
  roomId,
  userId,
  role: roomRole.describe('What they shall be. Making somebody the owner makes the owner an administrator.'),
})
