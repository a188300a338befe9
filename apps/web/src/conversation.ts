import type { EventRange, Message, MessagesListOutput } from '@antiphon/client'

/** A message of ours on its way. */
export interface Outgoing {
  /** Kept over retries, so that the room gets the message once. */
  readonly clientId: string
  readonly body: string
  readonly sentAt: Date
  readonly status: 'sending' | 'sent' | 'failed'
  readonly problem?: string
}

/** What is known of a room. All functions here take one and answer the next; none changes it. */
export interface Conversation {
  /** In order, and complete from the oldest one on. */
  readonly messages: readonly Message[]
  /** Everything up to this number is in here. */
  readonly last: number
  /** The newest number that the room is known to have. */
  readonly lastSeq: number
  /** Where older messages go on: null at the room's beginning, undefined before the first page. */
  readonly cursor: string | null | undefined
  readonly outgoing: readonly Outgoing[]
}

export const emptyConversation: Conversation = { messages: [], last: 0, lastSeq: 0, cursor: undefined, outgoing: [] }

/** Puts a page of `messages.list`, newest first, before the messages. */
export function addPage(known: Conversation, page: MessagesListOutput): Conversation {
  const oldest = known.messages[0]?.seq ?? Number.POSITIVE_INFINITY
  const older = page.items.filter(({ seq }) => seq < oldest).reverse()
  const last = known.cursor === undefined ? (page.items[0]?.seq ?? 0) : known.last
  const cursor = page.nextCursor
  const next = {
    ...known,
    messages: [...older, ...known.messages],
    last,
    lastSeq: Math.max(last, known.lastSeq),
    cursor,
  }
  return withoutArrived(next, older)
}

/** Applies a range as a whole, where it goes on from the last number known; any other says only how far the room is. */
export function applyRange(known: Conversation, range: EventRange): Conversation {
  const lastSeq = Math.max(known.lastSeq, range.lastSeq)
  if (range.from !== known.last || range.to <= known.last)
    return lastSeq === known.lastSeq ? known : { ...known, lastSeq }
  const arrived = range.events.flatMap((event) => (event.kind === 'message.sent' ? [event.message] : []))
  return withoutArrived({ ...known, messages: [...known.messages, ...arrived], last: range.to, lastSeq }, arrived)
}

/** Shows a message before the room has it. */
export function addOutgoing(known: Conversation, clientId: string, body: string, sentAt: Date): Conversation {
  return { ...known, outgoing: [...known.outgoing, { clientId, body, sentAt, status: 'sending' }] }
}

/** Says how the sending of a message stands. One that has arrived is no longer there and stays so. */
export function markOutgoing(
  known: Conversation,
  clientId: string,
  status: Outgoing['status'],
  problem?: string,
): Conversation {
  const outgoing = known.outgoing.map((item) => {
    if (item.clientId !== clientId) return item
    const { problem: _, ...rest } = item
    return { ...rest, status, ...(problem === undefined ? {} : { problem }) }
  })
  return { ...known, outgoing }
}

function withoutArrived(known: Conversation, arrived: readonly Message[]): Conversation {
  const ids = new Set(arrived.map(({ clientId }) => clientId))
  const outgoing = known.outgoing.filter(({ clientId }) => !ids.has(clientId))
  return outgoing.length === known.outgoing.length ? known : { ...known, outgoing }
}
