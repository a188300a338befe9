/** People are numbers here: 0, 1, 2 ... */
export type Who = number

export type Role = 'owner' | 'admin' | 'member'

export interface ModelMessage {
  readonly seq: number
  readonly sender: Who
  body: string
  version: number
  isDeleted: boolean
  readonly replyTo: number | null
  /** Who reacted with what, in the order of the reactions. */
  reactions: { readonly emoji: string; readonly who: Who }[]
  /** Hidden from everybody but its sender. */
  readonly isHidden: boolean
}

/** Something that happened, with who was there to see it. */
export interface ModelEvent {
  readonly seq: number
  readonly kind: string
  readonly present: ReadonlySet<Who>
  /** Whether it is also for those who come later. */
  readonly isShared: boolean
  /** The message that it is about, or the person. */
  readonly target: number | undefined
  readonly whom: Who | undefined
}

export interface Marks {
  delivered: number
  read: number
  readAlone: number
}

/**
 * A room in words: what happened, who was there when it did, and nothing of how a server keeps that. Its methods do what is
 * asked, or say by which code it is refused.
 */
export class ModelRoom {
  access = 'open'
  isArchived = false
  /** It was removed; those who were in it then are told so, and nothing else. */
  isOver = false
  readonly log: ModelEvent[] = []
  readonly messages = new Map<number, ModelMessage>()
  readonly members = new Map<Who, Role>()
  readonly banned = new Set<Who>()
  readonly marks = new Map<Who, Marks>()
  /** What messages said when somebody left, who is not back. */
  readonly frozen = new Map<Who, ReadonlyMap<number, Pick<ModelMessage, 'body' | 'version'>>>()
  /** At which numbers somebody came. */
  readonly comings = new Map<Who, number[]>()
  history: string
  readonly kind: 'group' | 'direct'

  constructor(kind: 'group' | 'direct', history: string, owner: Who, others: readonly Who[]) {
    this.kind = kind
    this.history = history
    for (const who of [owner, ...others]) {
      this.members.set(who, kind === 'group' && who === owner ? 'owner' : 'member')
      this.comings.set(who, [0])
      this.marks.set(who, { delivered: 0, read: 0, readAlone: 0 })
    }
    this.#happen('room.created')
  }

  get lastSeq(): number {
    return this.log.length
  }

  send(sender: Who, body: string, { replyTo, isHidden }: { replyTo: number | null; isHidden: boolean }): void {
    const { seq } = this.#happen('message.sent', this.lastSeq + 1)
    const message = { seq, sender, body, version: 1, isDeleted: false, replyTo, reactions: [], isHidden }
    this.messages.set(seq, message)
  }

  edit(message: ModelMessage, body: string): void {
    message.body = body
    message.version++
    this.#happen('message.edited', message.seq)
  }

  remove(message: ModelMessage): void {
    Object.assign(message, { isDeleted: true, body: '', reactions: [] })
    this.#happen('message.deleted', message.seq)
  }

  react(message: ModelMessage, who: Who, emoji: string): void {
    if (message.reactions.some((one) => one.who === who && one.emoji === emoji)) return
    message.reactions.push({ emoji, who })
    this.#happen('message.reacted', message.seq)
  }

  unreact(message: ModelMessage, who: Who, emoji: string): void {
    const left = message.reactions.filter((one) => one.who !== who || one.emoji !== emoji)
    if (left.length === message.reactions.length) return
    message.reactions = left
    this.#happen('message.reacted', message.seq)
  }

  enter(who: Who): void {
    this.members.set(who, 'member')
    this.frozen.delete(who)
    const { seq } = this.#happen('member.joined', undefined, who)
    this.comings.set(who, [...(this.comings.get(who) ?? []), seq])
    // Nothing is unread to who has just come.
    const { delivered = 0, read = 0 } = this.marks.get(who) ?? {}
    this.marks.set(who, { delivered, read, readAlone: seq })
  }

  exit(who: Who, kind: 'member.left' | 'member.removed'): void {
    this.#happen(kind, undefined, who)
    this.members.delete(who)
    this.frozen.set(who, new Map([...this.messages].map(([seq, { body, version }]) => [seq, { body, version }])))
  }

  setRole(who: Who, role: Role): void {
    this.members.set(who, role)
    this.#happen('member.changed', undefined, who)
  }

  change(settings: Partial<Pick<ModelRoom, 'access' | 'history' | 'isArchived'>>): void {
    const isNew = Object.entries(settings).some(([name, value]) => Reflect.get(this, name) !== value)
    Object.assign(this, settings)
    if (isNew) this.#happen('room.updated')
  }

  mark(who: Who, news: Partial<Marks>): void {
    const marks = this.marks.get(who) ?? { delivered: 0, read: 0, readAlone: 0 }
    for (const name of ['delivered', 'read', 'readAlone'] as const) {
      marks[name] = Math.max(marks[name], news[name] ?? 0)
    }
    this.marks.set(who, marks)
  }

  end(): void {
    this.#happen('room.removed')
    this.isOver = true
    this.members.clear()
  }

  /** Whether somebody may see what happened: they were there, or came later and it is shared. */
  isToldTo(who: Who, { seq, present, isShared }: ModelEvent): boolean {
    return present.has(who) || (isShared && (this.comings.get(who) ?? []).some((coming) => coming > seq))
  }

  #happen(kind: string, target?: number, whom?: Who): ModelEvent {
    const isShared = this.history === 'shared'
    const event = { seq: this.lastSeq + 1, kind, present: new Set(this.members.keys()), isShared, target, whom }
    this.log.push(event)
    return event
  }
}
