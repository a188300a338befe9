import type { Db } from '../../db/connect.ts'
import { deleteRemoved, deleteSomeOf, longRemoved } from './store.ts'

/** As long as its recording can be restored. */
const keptDays = 30
const atATime = 200
const rowsAtATime = 1_000

/** Deletes what is left of meetings that were removed long ago. */
export async function sweepMeetings(db: Db): Promise<void> {
  for (let after: string | undefined = ''; after !== undefined; ) {
    const ids: Awaited<ReturnType<typeof longRemoved>> = await longRemoved(db, keptDays, after, atATime)
    for (const id of ids) {
      while (await deleteSomeOf(db, id, rowsAtATime));
      await deleteRemoved(db, id)
    }
    after = ids.at(-1)
  }
}
