import { allowedAmong, type CallerAuth, type UserAuth } from '../../access.ts'
import type { Db } from '../../db/connect.ts'
import type { RoomId, UserId } from '../../ids.ts'
import { codePoints } from '../../text.ts'
import { findUploads } from '../../uploads/store.ts'
import { normalise } from '../../users/names.ts'
import { resolveAttachments, uploadsAmong } from '../attachments/resolve.ts'
import type { NewAttachment } from '../attachments/schema.ts'
import { mentionedIn } from '../mentions.ts'
import { newBody } from '../schema.ts'
import { hashOf } from '../send.ts'
import type { AttachmentRecord } from '../store.ts'
import type { BatchItem, Refusal } from './schema.ts'
import { findByUserNames, findMentioned, findPairs, visibleAmong } from './store.ts'

/** A message of a batch on its way. */
export interface Draft {
  readonly senderId: UserId
  readonly clientId: string
  readonly body: string
  readonly contentHash: Buffer
  readonly replyTo: number | null
  readonly clientSentAt: Date | null
  readonly given: readonly NewAttachment[]
  attachments: readonly AttachmentRecord[]
  /** The room it goes to, or for the first message to somebody that person. */
  roomId: RoomId | undefined
  peerId: UserId | undefined
  mentions: readonly UserId[]
  /** Why it is not sent. */
  refusal: Refusal | undefined
  /** The same, where it was not sent before. */
  unlessRetry: Refusal | undefined
}

export type SentItem = BatchItem & { senderId: UserId }

/** Finds out where the messages of a batch go and which of them cannot go there, with a query per question, not per message. */
export async function prepare(db: Db, auth: CallerAuth, items: readonly SentItem[]): Promise<Draft[]> {
  const drafts = items.map(draftOf)
  await checkSenders(db, auth, drafts)
  await resolvePeople(db, auth, items, drafts)
  await attach(db, drafts)
  await Promise.all([...bySender(drafts)].map(([senderId, own]) => checkRooms(db, senderAuth(auth, senderId), own)))
  return drafts
}

/** The sender as a caller, with a key where it is not the caller. */
export function senderAuth(auth: CallerAuth, senderId: UserId): UserAuth {
  if (auth.kind === 'user' && auth.userId === senderId) return auth
  return { kind: 'user', userId: senderId, roles: [], deviceId: null, key: auth.key, acting: true }
}

const isOpen = ({ refusal }: Draft) => refusal === undefined

function draftOf(item: SentItem): Draft {
  const { senderId, clientId, body, replyTo, clientSentAt, attachments, ...to } = item
  return {
    ...{ senderId, clientId, body, contentHash: hashOf({ body, replyTo, clientId, attachments }) },
    ...{ given: attachments ?? [], attachments: [] },
    ...{ replyTo: replyTo ?? null, clientSentAt: clientSentAt ?? null, mentions: [] },
    roomId: 'roomId' in to ? to.roomId : undefined,
    peerId: 'recipientId' in to ? to.recipientId : undefined,
    refusal: refusalOf(item),
    unlessRetry: undefined,
  }
}

function refusalOf({ body, attachments = [] }: SentItem): Refusal | undefined {
  if (newBody.safeParse(body).success) return undefined
  if (codePoints(body) > 4_000) return 'BODY_TOO_LONG'
  return attachments.length > 0 ? undefined : 'BODY_EMPTY'
}

function bySender(drafts: readonly Draft[]) {
  return Map.groupBy(drafts.filter(isOpen), ({ senderId }) => senderId)
}

/** Others than the caller, who may act for them, have to be there. */
async function checkSenders(db: Db, auth: CallerAuth, drafts: readonly Draft[]): Promise<void> {
  const others = drafts.filter(({ senderId }) => auth.kind !== 'user' || auth.userId !== senderId)
  const ids = others.map(({ senderId }) => senderId)
  const present = await allowedAmong(db, auth, 'user.actFor', ids)
  for (const draft of others) if (!present.has(draft.senderId)) draft.refusal ??= 'NOT_FOUND'
}

/** What goes to people goes to their direct rooms, as far as there are any. */
async function resolvePeople(db: Db, auth: CallerAuth, items: readonly SentItem[], drafts: readonly Draft[]) {
  const names = items.flatMap((item) => ('recipientUserName' in item ? normalise(item.recipientUserName) : []))
  const byName = await findByUserNames(db, [...new Set(names)])
  for (const [at, draft] of drafts.entries()) {
    const item = items[at]
    if (item !== undefined && 'recipientUserName' in item) draft.peerId = byName.get(normalise(item.recipientUserName))
  }
  const toPeople = bySender(drafts.filter(({ roomId }) => roomId === undefined))
  await Promise.all([...toPeople].map(([senderId, own]) => resolveDirect(db, senderAuth(auth, senderId), own)))
}

async function resolveDirect(db: Db, auth: UserAuth, drafts: readonly Draft[]): Promise<void> {
  const ids = drafts.flatMap(({ peerId }) => peerId ?? [])
  const present = await allowedAmong(db, auth, 'user.approach', ids)
  const pairs = await findPairs(db, auth.userId, [...present])
  const byPeer = new Map(pairs.map((pair) => [pair.peerId, pair]))
  for (const draft of drafts) {
    const pair = draft.peerId && byPeer.get(draft.peerId)
    draft.roomId = pair?.roomId ?? undefined
    if (pair === undefined) draft.refusal = 'NOT_FOUND'
    else if (draft.roomId !== undefined) draft.peerId = undefined
    else if (pair.isBlocking === true) draft.refusal = 'BLOCKED'
    else if (draft.replyTo !== null) draft.refusal = 'REPLY_UNKNOWN'
  }
}

/** What they come with has to be there, unless they were sent before. */
async function attach(db: Db, drafts: readonly Draft[]): Promise<void> {
  const uploads = await findUploads(db, [...new Set(drafts.flatMap(({ given }) => uploadsAmong(given)))])
  for (const draft of drafts) {
    const attachments = resolveAttachments(draft.senderId, draft.given, uploads)
    if (typeof attachments === 'string') draft.unlessRetry = attachments
    else draft.attachments = attachments
  }
}

/** The sender has to be in the room, and what is answered has to be there to be seen. */
async function checkRooms(db: Db, auth: UserAuth, drafts: readonly Draft[]): Promise<void> {
  const known = drafts.flatMap((draft) => (draft.roomId === undefined ? [] : [{ draft, roomId: draft.roomId }]))
  const ids = known.map(({ roomId }) => roomId)
  const allowed = await allowedAmong(db, auth, 'room.send', ids)
  for (const { draft, roomId } of known) if (!allowed.has(roomId)) draft.refusal = 'NOT_FOUND'
  const replies = known.flatMap(({ draft, roomId }) =>
    isOpen(draft) && draft.replyTo !== null ? [{ draft, roomId, seq: draft.replyTo }] : [],
  )
  if (replies.length === 0) return
  const visible = await visibleAmong(db, auth.userId, replies)
  const keys = new Set(visible.map(({ roomId, seq }) => `${roomId} ${seq}`))
  for (const { draft, roomId, seq } of replies) if (!keys.has(`${roomId} ${seq}`)) draft.unlessRetry = 'REPLY_UNKNOWN'
}

/** Who is mentioned, of the members of the rooms. */
export async function addMentions(db: Db, drafts: readonly Draft[]): Promise<void> {
  const named = drafts.flatMap((draft) => {
    const { roomId, body } = draft
    const names = roomId === undefined || !isOpen(draft) ? [] : mentionedIn(body)
    return roomId === undefined || names.length === 0 ? [] : [{ draft, roomId, names }]
  })
  const rooms = [...new Set(named.map(({ roomId }) => roomId))]
  const found = await findMentioned(db, rooms, [...new Set(named.flatMap(({ names }) => names))])
  const byRoom = Map.groupBy(found, ({ roomId }) => roomId)
  for (const { draft, roomId, names } of named) {
    const members = byRoom.get(roomId) ?? []
    draft.mentions = members.filter(({ name }) => names.includes(name)).map(({ userId }) => userId)
  }
}
