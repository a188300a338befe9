import type { Logger } from 'pino'
import type { Db } from '../../db/connect.ts'
import { endAt, leaveRoom } from './rooms.ts'
import { findSession, leftAt, lockRoom, noteObserved, sessionsLeft, sessionsWithSilent, silentIn } from './store.ts'

const atATime = 200

/**
 * Takes those out of built-in rooms who have not been heard of, and ends sessions that everybody has left. Any number of
 * instances may do so at once.
 */
export async function sweepRooms(db: Db): Promise<void> {
  for (const { id, meetingId } of await sessionsWithSilent(db, atATime)) {
    await db.transaction().execute(async (tx) => {
      await lockRoom(tx, meetingId)
      const session = await findSession(tx, id)
      if (session === undefined) return
      const { sessionKey } = session
      await leaveRoom(tx, { meetingId, sessionId: id, sessionKey }, await silentIn(tx, id), 'gone')
    })
  }
  for (const { id, meetingId } of await sessionsLeft(db, atATime)) {
    await db.transaction().execute(async (tx) => {
      await lockRoom(tx, meetingId)
      const [at, session] = [await leftAt(tx, id), await findSession(tx, id)]
      if (at !== undefined && session !== undefined) {
        await endAt(tx, { meetingId, sessionKey: session.sessionKey, at })
      }
    })
  }
  await noteObserved(db)
}

/** Does something every so often, one after the other, until it is closed. */
export function every(ms: number, log: Logger, work: () => Promise<void>): { close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isFailing = false
  const run = async () => {
    try {
      await work()
      isFailing = false
    } catch (error) {
      // While the database is away, once is enough.
      log[isFailing ? 'debug' : 'warn']({ err: error }, 'built-in rooms could not be looked after')
      isFailing = true
    }
  }
  const next = () => {
    timer = setTimeout(() => {
      running = run().then(next)
    }, ms).unref()
  }
  next()
  return {
    async close() {
      const last = running
      clearTimeout(timer)
      await last
      clearTimeout(timer)
    },
  }
}
