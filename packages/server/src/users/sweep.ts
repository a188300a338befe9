import type { Db } from '../db/connect.ts'
import { cutOldAddresses } from './audit/store.ts'
import { deleteExpiredDevices } from './devices/store.ts'
import { oldestAlive, type SessionTimes } from './devices/tokens.ts'
import { removeExpiredMailTokens } from './mail/store.ts'

/** What time takes from accounts: expired devices and mail tokens, and addresses after 30 days. */
export async function sweepUsers(db: Db, sessions: SessionTimes): Promise<void> {
  const { seenAfter, createdAfter } = oldestAlive(sessions)
  await deleteExpiredDevices(db, seenAfter, createdAfter)
  await removeExpiredMailTokens(db)
  await cutOldAddresses(db)
}
