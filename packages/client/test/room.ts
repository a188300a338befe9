import type { Range } from '../src/events/room/fold.ts'
import type { Member, Message, MessagesListOutput, Room, RoomEvent, RoomId, UserId } from '../src/index.ts'

export const roomId: RoomId = 'rom_1'
const ann: UserId = 'usr_a'

const at = (seq: number) => new Date(1_700_000_000_000 + seq * 1_000)

export function messageOf(seq: number, change: Partial<Message> = {}): Message {
  return {
    ...{ roomId, seq, senderId: ann, clientId: null, body: `Number ${seq}`, sentAt: at(seq), clientSentAt: null },
    ...{ version: 1, editedAt: null, deletedAt: null, replyTo: null, mentions: [], attachments: [], reactions: [] },
    ...change,
  }
}

export function roomOf(change: Partial<Room> = {}): Room {
  return {
    ...{
      id: roomId,
      kind: 'group',
      name: 'Choir',
      topic: '',
      avatarUrl: null,
      access: 'closed',
      history: 'shared',
      retentionDays: null,
    },
    ...{
      avatarUrl: null,
      minSeq: 0,
      archivedAt: null,
      createdAt: at(0),
      peerId: null,
      role: 'owner',
      lastSeq: 0,
      lastEventAt: at(0),
    },
    ...change,
  }
}

export function memberOf(userId: UserId, role: Member['role'] = 'member'): Member {
  return { userId, role, joinedAt: at(0) }
}

export function sent(seq: number, change: Partial<Message> = {}): RoomEvent {
  return { kind: 'message.sent', seq, at: at(seq), actorId: ann, message: messageOf(seq, change) }
}

export function rangeOf(from: number, to: number, events: RoomEvent[], lastSeq = to): Range {
  return { roomId, from, to, lastSeq, events }
}

export function pageOf(messages: readonly Message[], nextCursor: string | null = null): MessagesListOutput {
  return { items: [...messages].sort((a, b) => b.seq - a.seq), nextCursor }
}

/** One thing that happened in a room of the model. */
export type Act =
  | { readonly does: 'send' }
  | { readonly does: 'edit' | 'delete' | 'react'; readonly target: number }
  | { readonly does: 'purge'; readonly upTo: number }
  | { readonly does: 'other' }

/** A room as a server has it: acts are numbered from 1, and it can be read as it was after each of them. */
export class ModelRoom {
  readonly acts: readonly Act[]

  constructor(acts: readonly Act[]) {
    this.acts = acts.map((act, index) => (act.does === 'purge' ? { ...act, upTo: Math.min(act.upTo, index) } : act))
  }

  /** The messages after so many acts. */
  messagesAt(time: number): Map<number, Message> {
    const found = new Map<number, Message>()
    for (const [index, act] of this.acts.slice(0, time).entries()) {
      const seq = index + 1
      if (act.does === 'send') found.set(seq, messageOf(seq))
      if (act.does === 'purge') for (const key of [...found.keys()]) if (key <= act.upTo) found.delete(key)
      if (!('target' in act)) continue
      const message = found.get(act.target)
      if (message === undefined || message.deletedAt !== null || act.target >= seq) continue
      found.set(act.target, changed(message, act.does, seq))
    }
    return found
  }

  purgedAt(time: number): number {
    return Math.max(0, ...this.acts.slice(0, time).map((act) => (act.does === 'purge' ? act.upTo : 0)))
  }

  /** What happened between two numbers, told at a time. */
  rangeAt(time: number, from: number, to: number): Range {
    const messages = this.messagesAt(time)
    const events = this.acts
      .slice(from, to)
      .flatMap((act, index) => this.#eventOf(act, from + index + 1, time, messages))
    return rangeOf(from, to, events, time)
  }

  /** The newest messages below a number. */
  pageAt(time: number, below: number, limit: number): MessagesListOutput {
    const messages = [...this.messagesAt(time).values()].filter(({ seq }) => seq < below)
    const items = messages.slice(-limit)
    return pageOf(items, messages.length > items.length ? String(items[0]?.seq) : null)
  }

  #eventOf(act: Act, seq: number, time: number, messages: Map<number, Message>): RoomEvent[] {
    const common = { seq, at: at(seq), actorId: ann }
    const room = roomOf({ minSeq: this.purgedAt(time) })
    if (act.does === 'purge') return [{ kind: 'room.purged', ...common, room, upTo: act.upTo }]
    if (act.does === 'other' || ('target' in act && act.target >= seq)) return []
    const message = messages.get('target' in act ? act.target : seq)
    const kinds = { send: 'sent', edit: 'edited', delete: 'deleted', react: 'reacted' } as const
    return message === undefined ? [] : [{ kind: `message.${kinds[act.does]}`, ...common, message }]
  }
}

function changed(message: Message, does: 'edit' | 'delete' | 'react', seq: number): Message {
  const { version, reactions } = message
  if (does === 'edit') return { ...message, version: version + 1, body: `Edited by ${seq}`, editedAt: at(seq) }
  if (does === 'delete') return { ...message, body: '', deletedAt: at(seq), reactions: [] }
  return { ...message, reactions: [...reactions, { emoji: `e${seq}`, count: 1, userIds: [ann] }] }
}
