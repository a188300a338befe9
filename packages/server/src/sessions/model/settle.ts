import type { Db } from '../../db/connect.ts'
import { noteAttendance, writeStays } from './people.ts'
import { type HeldSession, nextStartOf, overtakenBy, writeSession } from './sessions.ts'

/**
 * A room is used by one session at a time: one that was not told to have ended was over when the next one began, unless its
 * provider listed it after that. To be done whenever a session was changed.
 */
export async function settleRoom(tx: Db, changed: HeldSession): Promise<void> {
  for (const session of [changed, ...(await overtakenBy(tx, changed))]) {
    const { endedTold, observedBy, observedAt } = session
    const next = endedTold ? undefined : await nextStartOf(tx, session)
    const isProven = next !== undefined && observedBy === 'snapshot' && observedAt > next
    if (next !== undefined && !isProven && (session.endedAt === null || session.endedAt > next)) {
      session.endedAt = next
      await writeSession(tx, session)
      await writeStays(tx, session)
    }
    await noteAttendance(tx, session)
  }
}
