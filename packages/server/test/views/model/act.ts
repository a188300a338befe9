import type { Model } from './model.ts'
import type { Role, Who } from './room.ts'

/** What somebody does. */
export interface Act {
  readonly verb: keyof Verbs
  readonly who: Who
  readonly room: number
  /** Whom it is about, which message, and which of two ways. */
  readonly whom: Who
  readonly seq: number
  readonly either: boolean
  /** A text that nothing else says. */
  readonly body: string
}

type Verbs = Omit<Model, 'rooms' | 'isBlocking' | 'isKnown' | 'shown' | 'wasEverShown' | 'events' | 'unread' | 'take'>

export function emojiOf({ either }: Pick<Act, 'either'>): string {
  return either ? '🎶' : '👍'
}

/** Mostly an administrator or none; the owner hands over now and then. */
export function roleOf({ either, seq }: Pick<Act, 'either' | 'seq'>): Role {
  if (either) return 'admin'
  return seq % 3 === 0 ? 'owner' : 'member'
}
