import type { Db } from '../../db/connect.ts'
import { sweepInbox } from '../inbox/fold.ts'
import { deleteOldCalls, deleteOldRooms, deleteOldSessions } from './store.ts'

/** Sessions of meetings are kept as long as their meetings are; others for a year. */
const keptDays = 365
const atATime = 500
const callsForDays = 60

/** Deletes what nobody needs any more. */
export async function sweepSessions(db: Db): Promise<void> {
  while (await deleteOldSessions(db, keptDays, atATime));
  while (await deleteOldRooms(db, keptDays, atATime));
  await deleteOldCalls(db, callsForDays)
  await sweepInbox(db)
}
