import { z } from 'zod'
import { idempotencyKey, roomId, userId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'

/** A number in a room's sequence. */
export const seq = z.int().min(0).max(Number.MAX_SAFE_INTEGER)

export const room = z
  .object({
    id: roomId,
    kind: z.enum(['group', 'direct']).describe('`direct` is the one room of two people; `group` any other.'),
    name: text({ max: 100 }).describe('Name of a group; empty for a direct room.'),
    peerId: userId.nullable().describe('In a direct room the other person, or yourself; null in a group.'),
    lastSeq: seq.describe('The newest number of the room: events are numbered 1, 2, 3 ... without gaps.'),
    createdAt: z.date().describe('When the room was made.'),
    lastEventAt: z.date().describe('When something last happened in the room.'),
  })
  .meta({ id: 'Room', description: 'A place where people exchange messages.' })

export const createInput = z.object({
  name: text({ min: 1, max: 100, visible: true }).describe('Name of the room, 1 to 100 characters.'),
  memberIds: z.array(userId).max(100).default([]).describe('Who else is in the room from the start, up to 100.'),
  idempotencyKey,
})

export const directInput = z.object({ userId: userId.describe('The other person.') })

export const listInput = z.object(pageInput)

export const roomPage = pageOf(room)
