import { type Act, emojiOf, roleOf } from './act.ts'
import type { ModelMessage, ModelRoom, Role, Who } from './room.ts'

const ranks: Record<Role, number> = { member: 0, admin: 1, owner: 2 }

/** What the server should say and do: `ok`, or the code of the refusal. */
export type Outcome = string

/** A few people, their rooms, and whom they block. */
export class Model {
  readonly rooms: readonly ModelRoom[]
  readonly #blocks = new Set<string>()

  constructor(rooms: readonly ModelRoom[]) {
    this.rooms = rooms
  }

  take(act: Act): Outcome {
    return this[act.verb](act)
  }

  send(act: Act): Outcome {
    const { who, seq, either, body } = act
    const room = this.#room(act)
    if (!room.members.has(who)) return 'NOT_FOUND'
    if (either && this.#found(act) === undefined) return 'REPLY_UNKNOWN'
    const peer = this.#peer(act)
    if (peer !== undefined && this.isBlocking(who, peer)) return 'BLOCKED'
    if (room.isArchived) return 'ROOM_ARCHIVED'
    const isHidden = peer !== undefined && this.isBlocking(peer, who)
    room.send(who, body, { replyTo: either ? seq : null, isHidden })
    return 'ok'
  }

  edit(act: Act): Outcome {
    const refusal = this.#refusalToWrite(act)
    if (refusal !== undefined) return refusal
    const message = this.#found(act)
    if (message === undefined) return 'NOT_FOUND'
    if (message.sender !== act.who) return 'NOT_YOURS'
    if (message.isDeleted) return 'MESSAGE_DELETED'
    this.#room(act).edit(message, act.body)
    return 'ok'
  }

  remove(act: Act): Outcome {
    const message = this.#found(act)
    const role = this.#room(act).members.get(act.who)
    if (role === undefined || message === undefined) return 'NOT_FOUND'
    if (message.sender !== act.who && role === 'member') return 'ROLE_TOO_LOW'
    if (!message.isDeleted) this.#room(act).remove(message)
    return 'ok'
  }

  react(act: Act): Outcome {
    const refusal = this.#refusalToWrite(act)
    if (refusal !== undefined) return refusal
    const message = this.#found(act)
    if (message === undefined) return 'NOT_FOUND'
    if (message.isDeleted) return 'MESSAGE_DELETED'
    this.#room(act).react(message, act.who, emojiOf(act))
    return 'ok'
  }

  unreact(act: Act): Outcome {
    const message = this.#found(act)
    if (!this.#room(act).members.has(act.who) || message === undefined) return 'NOT_FOUND'
    this.#room(act).unreact(message, act.who, emojiOf(act))
    return 'ok'
  }

  join({ who, ...act }: Act): Outcome {
    const room = this.#room(act)
    if (room.members.has(who)) return 'ok'
    if (room.kind === 'direct' || room.isOver || room.access !== 'open') return 'NOT_FOUND'
    if (room.banned.has(who)) return 'BANNED'
    room.enter(who)
    return 'ok'
  }

  leave({ who, ...act }: Act): Outcome {
    const room = this.#room(act)
    if (!room.members.has(who)) return 'NOT_FOUND'
    if (room.kind === 'direct') return 'NOT_A_GROUP'
    if (room.members.size === 1) room.end()
    else if (room.members.get(who) === 'owner') return 'OWNER_STAYS'
    else room.exit(who, 'member.left')
    return 'ok'
  }

  end(act: Act): Outcome {
    const refusal = this.#refusalToManage(act, 'owner')
    if (refusal === undefined) this.#room(act).end()
    return refusal ?? 'ok'
  }

  addMember(act: Act): Outcome {
    const { who, whom } = act
    const room = this.#room(act)
    const refusal = this.#refusalToManage(act, 'admin')
    if (refusal !== undefined) return refusal
    if (room.members.has(whom)) return 'ok'
    if (room.banned.has(whom)) return 'BANNED'
    if (this.isBlocking(who, whom)) return 'BLOCKED'
    room.enter(whom)
    return 'ok'
  }

  removeMember(act: Act): Outcome {
    const room = this.#room(act)
    const refusal = this.#refusalToManage(act, 'admin') ?? (act.who === act.whom ? 'NOT_YOURSELF' : undefined)
    if (refusal !== undefined) return refusal
    if (!room.members.has(act.whom)) return 'NOT_FOUND'
    if (!this.#isAbove(act)) return 'ROLE_TOO_LOW'
    room.exit(act.whom, 'member.removed')
    return 'ok'
  }

  ban(act: Act): Outcome {
    const room = this.#room(act)
    const refusal = this.#refusalToManage(act, 'admin') ?? (act.who === act.whom ? 'NOT_YOURSELF' : undefined)
    if (refusal !== undefined) return refusal
    const isPresent = room.members.has(act.whom)
    if (isPresent && !this.#isAbove(act)) return 'ROLE_TOO_LOW'
    room.banned.add(act.whom)
    if (isPresent) room.exit(act.whom, 'member.removed')
    return 'ok'
  }

  unban(act: Act): Outcome {
    const refusal = this.#refusalToManage(act, 'admin')
    if (refusal !== undefined) return refusal
    return this.#room(act).banned.delete(act.whom) ? 'ok' : 'NOT_FOUND'
  }

  setRole(act: Act): Outcome {
    const { who, whom } = act
    const room = this.#room(act)
    const refusal = this.#refusalToManage(act, 'owner')
    if (refusal !== undefined) return refusal
    const role = roleOf(act)
    if (!room.members.has(whom)) return 'NOT_FOUND'
    if (room.members.get(whom) === role) return 'ok'
    if (whom === who) return 'OWNER_STAYS'
    room.setRole(whom, role)
    if (role === 'owner') room.setRole(who, 'admin')
    return 'ok'
  }

  setHistory(act: Act): Outcome {
    const refusal = this.#refusalToManage(act, 'admin')
    if (refusal === undefined) this.#room(act).change({ history: act.either ? 'shared' : 'joined' })
    return refusal ?? 'ok'
  }

  setAccess(act: Act): Outcome {
    const refusal = this.#refusalToManage(act, 'admin')
    if (refusal === undefined) this.#room(act).change({ access: act.either ? 'open' : 'closed' })
    return refusal ?? 'ok'
  }

  archive(act: Act): Outcome {
    const refusal = this.#refusalToManage(act, 'admin')
    if (refusal === undefined) this.#room(act).change({ isArchived: act.either })
    return refusal ?? 'ok'
  }

  markDelivered(act: Act): Outcome {
    const refusal = this.#refusalToMark(act)
    if (refusal === undefined) this.#room(act).mark(act.who, { delivered: act.seq })
    return refusal ?? 'ok'
  }

  markRead(act: Act): Outcome {
    const refusal = this.#refusalToMark(act)
    const news = act.either ? { read: act.seq, delivered: act.seq } : { readAlone: act.seq }
    if (refusal === undefined) this.#room(act).mark(act.who, news)
    return refusal ?? 'ok'
  }

  block({ who, whom }: Act): Outcome {
    if (who === whom) return 'NOT_YOURSELF'
    this.#blocks.add(`${who} ${whom}`)
    return 'ok'
  }

  unblock({ who, whom }: Act): Outcome {
    return this.#blocks.delete(`${who} ${whom}`) ? 'ok' : 'NOT_FOUND'
  }

  isBlocking(who: Who, whom: Who): boolean {
    return this.#blocks.has(`${who} ${whom}`)
  }

  /** Whether a room was ever one of theirs, as far as they can tell now. */
  isKnown(who: Who, room: ModelRoom): boolean {
    return room.isOver ? this.events(who, room).length > 0 : room.comings.has(who)
  }

  /** The messages that somebody may see now, in order. */
  shown(who: Who, room: ModelRoom): ModelMessage[] {
    if (room.isOver) return []
    const frozen = room.frozen.get(who)
    return [...room.messages.values()]
      .filter((message) => this.wasEverShown(who, room, message.seq) && !this.isBlocking(who, message.sender))
      .map((message) => {
        const isNow = frozen === undefined || message.isDeleted
        return isNow ? message : { ...message, ...frozen.get(message.seq), reactions: [] }
      })
  }

  /** The same whomever they block, which may have been otherwise before. */
  wasEverShown(who: Who, room: ModelRoom, seq: number): boolean {
    const message = room.messages.get(seq)
    const event = room.log[seq - 1]
    if (message === undefined || event === undefined) return false
    return room.isToldTo(who, event) && (!message.isHidden || message.sender === who)
  }

  /** What somebody is told of a room when they ask for all of it. */
  events(who: Who, room: ModelRoom): string[] {
    const shown = new Set(this.shown(who, room).map(({ seq }) => seq))
    const log = room.isOver ? room.log.slice(-1) : room.log
    return log
      .filter((event) => room.isToldTo(who, event) && (event.target === undefined || shown.has(event.target)))
      .filter((event) => room.members.has(who) || room.isOver || event.target !== undefined || event.whom === who)
      .map(({ seq, kind, target }) => `${seq} ${kind} ${target ?? ''}`)
  }

  unread(who: Who, room: ModelRoom): number {
    const { read = 0, readAlone = 0 } = room.marks.get(who) ?? {}
    const isUnread = ({ seq, sender, isDeleted }: ModelMessage) =>
      seq > Math.max(read, readAlone) && sender !== who && !isDeleted
    return this.shown(who, room).filter(isUnread).length
  }

  #room({ room }: Pick<Act, 'room'>): ModelRoom {
    return this.rooms[room]!
  }

  #peer(act: Act): Who | undefined {
    const room = this.#room(act)
    return room.kind === 'direct' ? [...room.members.keys()].find((who) => who !== act.who) : undefined
  }

  #found(act: Act): ModelMessage | undefined {
    return this.shown(act.who, this.#room(act)).find(({ seq }) => seq === act.seq)
  }

  #isAbove(act: Act): boolean {
    const { members } = this.#room(act)
    return ranks[members.get(act.who) ?? 'member'] > ranks[members.get(act.whom) ?? 'member']
  }

  #refusalToWrite(act: Act): Outcome | undefined {
    const room = this.#room(act)
    const peer = this.#peer(act)
    if (!room.members.has(act.who)) return 'NOT_FOUND'
    if (room.isArchived) return 'ROOM_ARCHIVED'
    return peer !== undefined && this.isBlocking(act.who, peer) ? 'BLOCKED' : undefined
  }

  #refusalToManage(act: Act, least: Role): Outcome | undefined {
    const { kind, members } = this.#room(act)
    const role = members.get(act.who)
    if (role === undefined) return 'NOT_FOUND'
    if (kind === 'direct') return 'NOT_A_GROUP'
    return ranks[role] < ranks[least] ? 'ROLE_TOO_LOW' : undefined
  }

  #refusalToMark({ who, seq, ...act }: Act): Outcome | undefined {
    const room = this.#room(act)
    if (!room.members.has(who)) return 'NOT_FOUND'
    return seq > room.lastSeq ? 'MARK_BEYOND_END' : undefined
  }
}
