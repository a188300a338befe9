import type { z } from 'zod'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UploadId, UserId } from '../../ids.ts'
import { holdUploads, linkUploads } from '../../uploads/uses/store.ts'
import { holdUsers } from '../../users/locks.ts'
import { ensureDirectRoom } from '../rooms/store.ts'
import { asSeenBy, type MessageRecord } from '../store.ts'
import { addMentions, type Draft } from './prepare.ts'
import type { batchResult, Refusal } from './schema.ts'
import { blocksOfPeers, findSentAmong, insertMessages, lockRooms, membersAmong, type NumberedMessage } from './store.ts'

export type BatchResult = z.infer<typeof batchResult>

type Mode = 'partial' | 'atomic'

/** Takes back what an atomic batch has done so far. */
class Refused extends Error {
  readonly results: BatchResult[]

  constructor(results: BatchResult[]) {
    super('A message of an atomic batch was refused.')
    this.results = results
  }
}

/** Sends what can be sent in one transaction: consecutive numbers in each room, in the order of the drafts. */
export async function deliver(db: Db, drafts: readonly Draft[], mode: Mode): Promise<BatchResult[]> {
  if (mode === 'atomic' && drafts.some(({ refusal }) => refusal !== undefined)) {
    return refuseAll(drafts, await judge(db, drafts))
  }
  if (drafts.every(({ refusal }) => refusal !== undefined)) return refuseAll(drafts, await judge(db, drafts))
  return db
    .transaction()
    .execute(async (tx) => {
      await makeRooms(tx, drafts)
      await addMentions(tx, drafts)
      const rooms = await lockRooms(tx, [...new Set(drafts.flatMap(({ roomId }) => roomId ?? []))])
      await holdAttachments(tx, drafts)
      const verdicts = await judge(tx, drafts, rooms)
      if (mode === 'atomic' && verdicts.some((verdict) => 'refusal' in verdict)) {
        throw new Refused(refuseAll(drafts, verdicts))
      }
      const written = await write(tx, verdicts, rooms)
      return drafts.map((draft, at) => resultOf(draft, verdicts[at], written))
    })
    .catch((error: unknown) => {
      if (error instanceof Refused) return error.results
      throw error
    })
}

/** The rooms of first messages, in an order that all batches keep to. */
async function makeRooms(tx: Db, drafts: readonly Draft[]): Promise<void> {
  const first = drafts.flatMap((draft) => {
    const { senderId, peerId, roomId, refusal } = draft
    if (peerId === undefined || roomId !== undefined || refusal !== undefined) return []
    return [{ draft, senderId, peerId, pair: [senderId, peerId].sort().join() }]
  })
  if (first.length === 0) return
  const pairs = [...Map.groupBy(first, ({ pair }) => pair)].sort(([a], [b]) => (a < b ? -1 : 1))
  const held = new Set(await holdUsers(tx, [...new Set(first.flatMap(({ senderId, peerId }) => [senderId, peerId]))]))
  for (const [, same] of pairs) {
    const [one] = same
    const roomId =
      one !== undefined && held.has(one.peerId) && held.has(one.senderId)
        ? await ensureDirectRoom(tx, one.senderId, one.peerId)
        : undefined
    for (const { draft } of same) {
      draft.roomId = roomId
      if (roomId === undefined) draft.refusal = 'NOT_FOUND'
    }
  }
}

/** Uploads that are gone since they were looked at keep their messages from being sent. */
async function holdAttachments(tx: Db, drafts: readonly Draft[]): Promise<void> {
  const held = await holdUploads(tx, drafts.flatMap(uploadsOf))
  for (const draft of drafts) if (uploadsOf(draft).some((id) => !held.has(id))) draft.unlessRetry ??= 'UPLOAD_UNKNOWN'
}

function uploadsOf({ attachments }: Pick<Writing, 'attachments'>): UploadId[] {
  return attachments.flatMap(({ uploadId }) => uploadId ?? [])
}

/** What becomes of a draft. */
type Verdict =
  | { refusal: Refusal }
  | { sent: MessageRecord }
  /** Written as this; `again` where an earlier draft of the same key is. */
  | { as: Writing; again: boolean }

type Writing = Omit<NumberedMessage, 'seq' | 'shared'>
type Rooms = Awaited<ReturnType<typeof lockRooms>>

/** Decides, without rooms as far as that can be without their locks. */
async function judge(db: Db, drafts: readonly Draft[], rooms?: Rooms): Promise<Verdict[]> {
  const open = drafts.flatMap(({ refusal, roomId, senderId, clientId }) =>
    refusal === undefined && roomId !== undefined ? [{ roomId, senderId, clientId }] : [],
  )
  const members = new Set((rooms === undefined ? open : await membersAmong(db, open)).map(placeOf))
  const sent = new Map((await findSentAmong(db, open)).map((row) => [keyOf(row.message), row]))
  const blocks = await blocksOfPeers(
    db,
    open.filter(({ roomId }) => rooms?.get(roomId)?.kind === 'direct'),
  )
  const peers = new Map(blocks.map((row) => [placeOf(row), row]))
  const firsts = new Map<string, Writing>()
  return drafts.map((draft): Verdict => {
    const { refusal, roomId, unlessRetry, senderId, contentHash } = draft
    if (refusal !== undefined) return { refusal }
    if (roomId === undefined) return { refusal: 'BATCH_REFUSED' }
    if (!members.has(placeOf({ roomId, senderId }))) return { refusal: 'NOT_FOUND' }
    const key = keyOf({ ...draft, roomId })
    const before = sent.get(key) ?? firsts.get(key)
    if (before !== undefined && !before.contentHash.equals(contentHash)) return { refusal: 'CLIENT_ID_REUSED' }
    if (before !== undefined) return 'message' in before ? { sent: before.message } : { as: before, again: true }
    if (unlessRetry !== undefined) return { refusal: unlessRetry }
    const room = rooms?.get(roomId)
    if (rooms !== undefined && room === undefined) return { refusal: 'NOT_FOUND' }
    if (room !== undefined && room.archivedAt !== null) return { refusal: 'ROOM_ARCHIVED' }
    const peer = peers.get(placeOf({ roomId, senderId }))
    if (peer?.isBlocking) return { refusal: 'BLOCKED' }
    const { clientId, body, replyTo, mentions, attachments, clientSentAt } = draft
    const content = { clientId, body, contentHash, replyTo, mentions, attachments, clientSentAt }
    const writing = { roomId, senderId, ...content, hidden: peer?.isBlocked === true }
    firsts.set(key, writing)
    return { as: writing, again: false }
  })
}

function placeOf({ roomId, senderId }: { roomId: RoomId; senderId: UserId }): string {
  return `${roomId} ${senderId}`
}

function keyOf({ roomId, senderId, clientId }: { roomId: RoomId; senderId: UserId; clientId: string | null }): string {
  return `${roomId} ${senderId} ${clientId}`
}

async function write(tx: Db, verdicts: readonly Verdict[], rooms: Rooms): Promise<Map<Writing, MessageRecord>> {
  const numbers = new Map([...rooms.values()].map(({ id, lastSeq }) => [id, lastSeq]))
  const writings = [...new Set(verdicts.flatMap((verdict) => ('as' in verdict ? [verdict.as] : [])))]
  const numbered = writings.map((writing) => {
    const seq = (numbers.get(writing.roomId) ?? 0n) + 1n
    numbers.set(writing.roomId, seq)
    return { ...writing, seq, shared: rooms.get(writing.roomId)?.history === 'shared' }
  })
  if (numbered.length === 0) return new Map()
  const written = new Map((await insertMessages(tx, numbered)).map((row) => [keyOf(row), row]))
  await linkUploads(
    tx,
    numbered.flatMap((one) => uploadsOf(one).map((uploadId) => ({ roomId: one.roomId, seq: one.seq, uploadId }))),
  )
  return new Map(
    writings.flatMap((writing) => {
      const message = written.get(keyOf(writing))
      return message === undefined ? [] : [[writing, message]]
    }),
  )
}

function resultOf(draft: Draft, verdict: Verdict | undefined, written: Map<Writing, MessageRecord>): BatchResult {
  if (verdict === undefined || 'refusal' in verdict) {
    return { status: 'rejected', code: verdict?.refusal ?? 'BATCH_REFUSED' }
  }
  if ('sent' in verdict) return { status: 'duplicate', message: asSeenBy(draft.senderId, verdict.sent) }
  const message = written.get(verdict.as)
  if (message === undefined) throw new Error('A message of a batch was not written.')
  return { status: verdict.again ? 'duplicate' : 'sent', message: asSeenBy(draft.senderId, message) }
}

/** None is sent: those that could be are told so, but for what was sent before. */
function refuseAll(drafts: readonly Draft[], verdicts: readonly Verdict[]): BatchResult[] {
  return verdicts.map((verdict, at) => {
    const senderId = drafts[at]?.senderId ?? null
    if ('sent' in verdict) return { status: 'duplicate', message: asSeenBy(senderId, verdict.sent) }
    return { status: 'rejected', code: 'refusal' in verdict ? verdict.refusal : 'BATCH_REFUSED' }
  })
}
