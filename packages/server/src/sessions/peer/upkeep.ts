import type { Logger } from 'pino'
import type { Db } from '../../db/connect.ts'
import type { UserId } from '../../ids.ts'
import type { Storage } from '../../storage/storage.ts'
import { type IceSettings, iceServersFor } from './ice.ts'
import { createPace, type Pace } from './pace.ts'
import { endAbandoned } from './recording/record.ts'
import { noteMissing } from './store.ts'
import { every, sweepRooms } from './sweep.ts'

const roomsEveryMs = 2_000
const recordingsEveryMs = 10_000

/** What this instance has for built-in rooms beside the database. */
export interface PeerRooms {
  readonly iceServers: (userId: UserId) => ReturnType<typeof iceServersFor>
  readonly pace: Pace
  /** The last stream of somebody on this instance has ended. */
  missing(userId: UserId): void
  close(): Promise<void>
}

export function createPeerRooms(parts: { db: Db; storage: Storage; log: Logger; ice: IceSettings }): PeerRooms {
  const { db, storage, log, ice } = parts
  const rooms = every(roomsEveryMs, log, () => sweepRooms(db))
  const recordings = every(recordingsEveryMs, log, () =>
    endAbandoned({ db, storage }, (error) => log.warn({ err: error }, 'a recording could not be completed yet')),
  )
  return {
    iceServers: (userId) => iceServersFor(ice, userId),
    pace: createPace(),
    missing(userId) {
      noteMissing(db, userId).catch((error: unknown) => log.debug({ err: error }, 'who left could not be noted'))
    },
    async close() {
      await Promise.all([rooms.close(), recordings.close()])
    },
  }
}
