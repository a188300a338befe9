import type { PresenceStatus } from './schema.ts'

/** What is known of somebody's presence. */
export interface PresenceRecord {
  /** What they say of themselves, until `expiresAt`; null for nothing. */
  readonly status: PresenceStatus | null
  readonly text: string
  readonly expiresAt: Date | null
  /** Their last call, to about a minute. */
  readonly seenAt: Date | null
}

/** What others see of it. */
export interface ShownPresence {
  readonly status: PresenceStatus
  readonly text: string
  readonly expiresAt: Date | null
}

/** Who was not seen for this long is not there: longer than it takes until a call is noted. */
export const absentAfterMs = 150_000

const offline: ShownPresence = { status: 'offline', text: '', expiresAt: null }

/** Who is there is as they say, or else available. Who says to be offline looks exactly as if not there. */
export function shownPresence({ status, text, expiresAt, seenAt }: PresenceRecord, now: Date): ShownPresence {
  if (seenAt === null || now.getTime() - seenAt.getTime() > absentAfterMs) return offline
  if (expiresAt !== null && expiresAt <= now) return { status: 'available', text: '', expiresAt: null }
  return status === 'offline' ? offline : { status: status ?? 'available', text, expiresAt }
}
