import type { Logger } from 'pino'
import type { Activity } from '../auth/activity.ts'
import type { Db } from '../db/connect.ts'
import type { UserId } from '../ids.ts'
import { addPresence } from './ephemera.ts'
import type { Listeners } from './listeners.ts'
import type { TailEphemeron } from './tail.ts'

/** Whoever comes back within this time was not away: a page that is loaded anew, a network that changes. */
const graceMs = 5_000
/** Changes are told together, so that one after the other is one. */
const togetherMs = 500

interface PresencesOptions {
  db: Db
  log: Logger
  activity: Activity
  /** Tells those who may see it that the presence of these people is another. */
  tell: (userIds: readonly UserId[]) => Promise<void>
}

/** Who is there by their streams: told when the first one opens and the last one has closed, on any instance. */
export function createPresences({ db, log, activity, tell }: PresencesOptions) {
  const leaving = new Map<UserId, NodeJS.Timeout>()
  const changed = new Set<UserId>()
  let telling: NodeJS.Timeout | undefined
  const note = (work: Promise<unknown>) =>
    void work.catch((error: unknown) => log.debug({ err: error }, 'presence could not be told'))

  const come = async (userId: UserId) => {
    if (await activity.came(userId)) await addPresence(db, userId, 'here')
  }
  const go = async (userId: UserId) => {
    await activity.left(userId)
    await addPresence(db, userId, 'gone')
  }
  return {
    arrived(userId: UserId): void {
      clearTimeout(leaving.get(userId))
      leaving.delete(userId)
      note(come(userId))
    },
    left(userId: UserId, listeners: Listeners): void {
      if (isHere(userId, listeners)) return
      clearTimeout(leaving.get(userId))
      const timer = setTimeout(() => {
        leaving.delete(userId)
        if (!isHere(userId, listeners)) note(go(userId))
      }, graceMs)
      leaving.set(userId, timer.unref())
    },
    hear(ephemera: readonly TailEphemeron[], listeners: Listeners): void {
      for (const { kind, userId, detail } of ephemera) {
        if (kind !== 'presence') continue
        changed.add(userId)
        // Gone from another instance, and still here.
        if (detail === 'gone' && isHere(userId, listeners)) note(come(userId))
      }
      if (changed.size === 0) return
      telling ??= setTimeout(() => {
        telling = undefined
        const userIds = [...changed]
        changed.clear()
        note(tell(userIds))
      }, togetherMs).unref()
    },
    close(): void {
      clearTimeout(telling)
      for (const timer of leaving.values()) clearTimeout(timer)
    },
  }
}

function isHere(userId: UserId, listeners: Listeners): boolean {
  return listeners.ofUser(userId).some(({ inPerson }) => inPerson)
}
