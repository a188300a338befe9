import { z } from 'zod'
import { sessionId, uploadId, userId } from '../../ids.ts'
import { text } from '../../text.ts'

/** The provider of built-in rooms, and where their sessions are heard of. */
export const peer = 'peer'

export const maxPeople = 6

/** How often a browser says that its person is there. */
export const heartbeatMs = 4_000

const maxSignals = 50
const maxSignalBytes = 65_536
const maxSignalsBytes = 524_288

const participantKey = text({ min: 1, max: 64 }).describe('Your place in the room, as `join` gave it.')

const participant = z
  .object({
    key: text({ max: 64 }).describe('What signals to them are addressed to.'),
    userId: userId.nullable(),
    name: text({ max: 200 }).describe('To be shown to others.'),
  })
  .meta({ id: 'PeerParticipant', description: 'Somebody in a built-in room, once for each of their pages.' })

const roomFields = {
  sessionId,
  participants: z.array(participant).max(maxPeople).describe('Everybody who is in it now, with you.'),
  locked: z.boolean().describe('Whether it is closed to those who are not in it.'),
  recording: z.boolean().describe('Whether the host records it.'),
}

/** What everybody in a built-in room is told with each heartbeat. */
export const peerRoom = z.object(roomFields).meta({ id: 'PeerRoom', description: 'A built-in room as it is now.' })

const iceServer = z
  .object({
    urls: z.array(text({ max: 300 })).max(20),
    username: text({ max: 200 }).optional(),
    credential: text({ max: 200 }).optional(),
  })
  .meta({ id: 'IceServer', description: 'As `RTCPeerConnection` takes it.' })

export const joinInput = z.object({
  ticket: text({ min: 1, max: 4_000 }).describe('What `meetings.join` gave.'),
  tab: text({ min: 1, max: 64 }).describe(
    'Your own name for this page, hard to guess: joining again under it is safe.',
  ),
})

export const joinedPeer = z
  .object({
    ...roomFields,
    participantKey,
    role: z.enum(['host', 'guest']).meta({ open: true }).describe('The host may end, lock, record, send out.'),
    iceServers: z.array(iceServer).max(20).describe('STUN and TURN servers, for `RTCPeerConnection`.'),
    heartbeatMs: z.int().min(1).describe('How often to call `signal`, with or without signals.'),
  })
  .meta({ id: 'JoinedPeer', description: 'Your place in a built-in room.' })

export const leaveInput = z.object({ sessionId, participantKey })

export const signalInput = z.object({
  sessionId,
  participantKey,
  signals: z
    .array(
      z.object({
        to: text({ min: 1, max: 64 }).describe('The `key` of another participant.'),
        data: text({ min: 1, max: maxSignalBytes }).describe('An offer, an answer or a candidate, as JSON.'),
      }),
    )
    .max(maxSignals)
    .default([])
    .refine((all) => all.reduce((sum, { data }) => sum + data.length, 0) <= maxSignalsBytes, {
      error: `has at most ${maxSignalsBytes.toLocaleString('en')} characters together`,
    })
    .describe('To others in the room, up to 50. Left out: you only say that you are there.'),
})

export const recordInput = z.object({
  sessionId,
  participantKey,
  uploadId: uploadId.describe('An upload without a size, which grows while you record.'),
  state: z.enum(['begin', 'end']).describe('`begin` shows it to everybody in the room; `end` completes it.'),
})
