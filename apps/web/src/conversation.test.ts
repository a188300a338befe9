import type { EventRange, Message, RoomId, UserId } from '@antiphon/client'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addOutgoing, addPage, applyRange, type Conversation, emptyConversation, markOutgoing } from './conversation.ts'

const roomId: RoomId = 'rom_1'
const senderId: UserId = 'usr_1'
const now = new Date(0)

function message(seq: number, clientId: string | null = null): Message {
  return { roomId, seq, senderId, clientId, body: `Message ${seq}`, sentAt: now }
}

/** What the server says of the numbers from + 1 to `to`: number 1 is the room's creation, the rest are messages. */
function range(from: number, to: number, lastSeq = to, clientId: string | null = null): EventRange {
  const events: EventRange['events'] = []
  for (let seq = from + 1; seq <= to; seq++) {
    const fields = { seq, at: now, actorId: senderId }
    events.push(
      seq === 1
        ? { kind: 'room.created', ...fields }
        : { kind: 'message.sent', ...fields, message: message(seq, clientId) },
    )
  }
  return { roomId, from, to, lastSeq, events }
}

const seqs = ({ messages }: Conversation) => messages.map(({ seq }) => seq)

describe('a conversation', () => {
  test('starts with the newest page and goes on from its newest number', () => {
    const known = addPage(emptyConversation, { items: [message(9), message(8)], nextCursor: 'older' })
    expect([seqs(known), known.last, known.cursor]).toEqual([[8, 9], 9, 'older'])
    const next = applyRange(known, range(9, 11, 30))
    expect([seqs(next), next.last, next.lastSeq]).toEqual([[8, 9, 10, 11], 11, 30])
  })

  test('puts older pages before, each message once', () => {
    const known = addPage(emptyConversation, { items: [message(9), message(8)], nextCursor: 'a' })
    const next = addPage(known, { items: [message(8), message(7)], nextCursor: null })
    expect([seqs(next), next.last, next.cursor]).toEqual([[7, 8, 9], 9, null])
  })

  test('is complete whatever ranges come, in whatever order, as long as it asks on from its last number', () => {
    const ranges = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 60 })
    fc.assert(
      fc.property(ranges, (pairs) => {
        let known = addPage(emptyConversation, { items: [], nextCursor: null })
        for (const [a, b] of pairs) {
          known = applyRange(known, range(Math.min(a, b), Math.max(a, b), 40))
          expect(seqs(known)).toEqual(range(1, Math.max(known.last, 1)).events.map(({ seq }) => seq))
        }
        known = applyRange(known, range(known.last, 40))
        expect([seqs(known).length, known.last]).toEqual([39, 40])
      }),
    )
  })

  test('moves on over kinds that it does not know', () => {
    const strange = { kind: 'room.painted', seq: 1, at: now, actorId: senderId } as unknown as EventRange['events'][0]
    const next = applyRange(emptyConversation, { ...range(0, 1), events: [strange] })
    expect([next.messages, next.last]).toEqual([[], 1])
  })

  test('shows a message of ours once: until it arrives, even where its sending was said to have failed', () => {
    let known = addOutgoing(emptyConversation, 'mine', 'Hello', now)
    known = markOutgoing(known, 'mine', 'failed', 'No answer.')
    expect(known.outgoing).toMatchObject([{ clientId: 'mine', status: 'failed', problem: 'No answer.' }])
    known = markOutgoing(known, 'mine', 'sending')
    expect(known.outgoing[0]).not.toHaveProperty('problem')
    known = applyRange(known, range(0, 2, 2, 'mine'))
    expect([known.outgoing, seqs(known)]).toEqual([[], [2]])
    expect(markOutgoing(known, 'mine', 'failed').outgoing).toEqual([])
  })
})
