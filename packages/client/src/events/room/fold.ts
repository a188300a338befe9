import type {
  EventRange,
  Mark,
  Member,
  Message,
  MessagesListOutput,
  Room,
  RoomEvent,
  UserId,
} from '../../generated/index.ts'

/** What happened between two numbers, from the stream or asked for. */
export type Range = Omit<EventRange, 'sight'>

/** What is known of a room. The functions here take one and give the next; none changes it. */
export interface RoomFold {
  /** Undefined where the viewer may see messages of it, and nothing else. */
  readonly room: Room | undefined
  /** In the order of the user ids. */
  readonly members: readonly Member[]
  /** In order, and complete between `floor` and `applied`. */
  readonly messages: readonly Message[]
  readonly marks: ReadonlyMap<UserId, Mark>
  /** Every event up to this number is in here. */
  readonly applied: number
  readonly floor: number
  /** Where older messages go on; null where there are none. */
  readonly cursor: string | null
  /** While a page is on its way: what events said meanwhile of messages below the floor. */
  readonly below: ReadonlyMap<number, Message> | undefined
  /** The viewer is not in the room. */
  readonly isGone: boolean
  /** As the server said a moment before all this was loaded. Where it says another, the viewer may see other things. */
  readonly sight: number | undefined
}

/** What a room begins with: everything as it was at number `applied` or later. */
export interface Loaded extends Pick<RoomFold, 'room' | 'members' | 'applied' | 'isGone'> {
  readonly page: MessagesListOutput
  readonly marks: readonly Mark[]
}

export function beginFold({ room, members, page, marks, applied, isGone }: Loaded): RoomFold {
  const empty = { sight: undefined, messages: [], marks: new Map(), floor: applied + 1, cursor: null, below: new Map() }
  return addMarks(
    addPage({ ...empty, room: room && { ...room, lastSeq: applied }, members, applied, isGone }, page),
    marks,
  )
}

/**
 * Applies what a range says of numbers that are not in here yet. The range has to begin at `applied` or before. An event
 * carries what it is about as it is at delivery, so that the last one about a thing counts, whatever came before.
 */
export function applyRange(known: RoomFold, range: Range, viewerId: UserId | undefined): RoomFold {
  if (range.to <= known.applied) return known
  const news = range.events.filter(({ seq }) => seq > known.applied)
  const told: Message[] = []
  let next = known
  for (const event of news) {
    if (isAboutMessage(event)) told.push(event.message)
    else next = applyEvent(next, event, viewerId)
  }
  const { room } = next
  // Purging is no activity.
  const lastEventAt = news.filter(({ kind }) => kind !== 'room.purged').at(-1)?.at ?? room?.lastEventAt
  next = {
    ...next,
    applied: range.to,
    room: room && { ...room, lastSeq: range.to, ...(lastEventAt && { lastEventAt }) },
  }
  return withMessages(next, told)
}

function isAboutMessage(event: RoomEvent): event is RoomEvent & { readonly message: Message } {
  return /^message\.(sent|edited|deleted|reacted)$/.test(event.kind)
}

/** Applies what is not about a message. Kinds that came after this SDK are passed over. */
function applyEvent(known: RoomFold, event: RoomEvent, viewerId: UserId | undefined): RoomFold {
  const { room, members, marks } = known
  switch (event.kind) {
    case 'room.created':
    case 'room.updated':
    case 'room.purged':
      return { ...known, room: room && { ...room, ...event.room } }
    case 'room.removed':
      return endFold(known)
    case 'member.joined':
    case 'member.left':
    case 'member.removed':
    case 'member.changed': {
      const { userId, member } = event
      const next = {
        ...known,
        members: withMember(members, userId, member),
        marks: member === null && marks.has(userId) ? new Map([...marks].filter(([id]) => id !== userId)) : marks,
      }
      if (userId !== viewerId) return next
      return { ...next, isGone: member === null, room: room && { ...room, role: member?.role ?? null } }
    }
    default:
      return known
  }
}

/** The viewer is in the room no more. */
export function endFold(known: RoomFold): RoomFold {
  return { ...known, isGone: true, room: known.room && { ...known.room, role: null } }
}

/** Begins to watch over the messages below the floor: they are to come with a page. */
export function beginPage(known: RoomFold): RoomFold {
  return { ...known, below: new Map() }
}

/** Adds a page, newest first, that goes on below the messages; what events said meanwhile is newer. Only if it is awaited. */
export function addPage(known: RoomFold, { items, nextCursor }: MessagesListOutput): RoomFold {
  if (known.below === undefined) return known
  const lowest = items.at(-1)?.seq ?? known.floor
  const floor = nextCursor === null ? 0 : Math.min(known.floor, lowest)
  const told = [...known.below.values(), ...known.messages]
  const arrived = items.filter(({ seq }) => seq <= known.applied)
  return withMessages({ ...known, messages: inOrder(arrived), floor, cursor: nextCursor, below: undefined }, told)
}

/** The page did not come. */
export function endPage(known: RoomFold): RoomFold {
  return { ...known, below: undefined }
}

/** Marks only ever advance. Who has got nowhere has none. */
export function addMarks(known: RoomFold, news: readonly Mark[] = []): RoomFold {
  if (news.length === 0) return known
  const marks = new Map(known.marks)
  for (const { userId, deliveredSeq, readSeq } of news) {
    const before = marks.get(userId) ?? { deliveredSeq: 0, readSeq: 0 }
    if (before.deliveredSeq >= deliveredSeq && before.readSeq >= readSeq) continue
    marks.set(userId, {
      userId,
      deliveredSeq: Math.max(before.deliveredSeq, deliveredSeq),
      readSeq: Math.max(before.readSeq, readSeq),
    })
  }
  return { ...known, marks }
}

/** The marks of everybody, in place of those known. */
export function replaceMarks(known: RoomFold, marks: readonly Mark[]): RoomFold {
  const next = addMarks({ ...known, marks: new Map() }, marks)
  return isSame(known.marks, next.marks) ? known : next
}

function isSame(some: RoomFold['marks'], others: RoomFold['marks']): boolean {
  const isKnown = ({ userId, deliveredSeq, readSeq }: Mark) => {
    const mark = some.get(userId)
    return mark !== undefined && mark.deliveredSeq === deliveredSeq && mark.readSeq === readSeq
  }
  return some.size === others.size && [...others.values()].every(isKnown)
}

function withMember(members: readonly Member[], userId: UserId, member: Member | null): readonly Member[] {
  const others = members.filter((other) => other.userId !== userId)
  if (member === null) return others
  return [...others, member].sort((a, b) => (a.userId < b.userId ? -1 : 1))
}

/** Puts messages in: those that are there are replaced, those below the floor are left to their page. */
function withMessages(known: RoomFold, news: readonly Message[]): RoomFold {
  const purged = known.room?.minSeq ?? 0
  const cursor = known.floor <= purged + 1 ? null : known.cursor
  const isPurged = (known.messages[0]?.seq ?? purged + 1) <= purged
  if (news.length === 0 && !isPurged) return cursor === known.cursor ? known : { ...known, cursor }
  if (!isPurged && isAfter(known, news)) return { ...known, messages: [...known.messages, ...news], cursor }
  const bySeq = new Map(known.messages.map((message) => [message.seq, message]))
  const below = known.below === undefined ? undefined : new Map(known.below)
  for (const message of news) {
    const target = message.seq < known.floor ? below : bySeq
    target?.set(message.seq, newerOf(target.get(message.seq), message))
  }
  const messages = inOrder([...bySeq.values()].filter(({ seq }) => seq > purged))
  return { ...known, messages, below, cursor }
}

/** Whether messages are new ones, in order: nearly always. */
function isAfter({ room, messages, floor }: RoomFold, news: readonly Message[]): boolean {
  let last = Math.max(floor - 1, room?.minSeq ?? 0, messages.at(-1)?.seq ?? 0)
  return news.every(({ seq }) => {
    const isNext = seq > last
    last = seq
    return isNext
  })
}

/** A message may be told of as it was after what is known of it; the next event about it sets that right. Never back. */
function newerOf(known: Message | undefined, told: Message): Message {
  if (known === undefined || known.version < told.version) return told
  return known.version > told.version || (known.deletedAt !== null && told.deletedAt === null) ? known : told
}

function inOrder(messages: readonly Message[]): Message[] {
  return [...messages].sort((a, b) => a.seq - b.seq)
}
