import type { Db } from '../../db/connect.ts'
import type { RecordingId, UserId } from '../../ids.ts'
import { filesOf } from './files/store.ts'
import { findRecording, type RecordingRecord } from './store.ts'

/** Recordings with their files, as those see them who may. */
export async function shownAll(db: Db, records: readonly RecordingRecord[]) {
  const files = await filesOf(
    db,
    records.map(({ id }) => id),
  )
  return records.map(({ passwordHash, lock: _lock, ...record }) => ({
    ...record,
    hasPassword: passwordHash !== null,
    files: (files.get(record.id) ?? []).map(({ recordingId: _, uploadId: __, ...file }) => file),
  }))
}

/** The same for one; undefined where there is none. */
export async function shown(db: Db, id: RecordingId, viewerId: UserId) {
  const record = await findRecording(db, id, viewerId)
  return record && (await shownAll(db, [record]))[0]
}
