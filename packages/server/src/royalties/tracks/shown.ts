import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { latestRights, type TrackRow } from './store.ts'

/** Tracks as they are shown, with who has rights to them. */
export async function shownTracks(db: Db, rows: readonly TrackRow[]) {
  const rights = Map.groupBy(
    await latestRights(
      db,
      rows.map(({ key }) => key),
    ),
    ({ trackKey }) => trackKey,
  )
  return rows.map(({ key, ...row }) => ({
    ...row,
    rights: (rights.get(key) ?? []).map(({ trackKey: _, ...right }) => right),
  }))
}

/** @throws NOT_FOUND where there is none */
export async function shownTrack(db: Db, row: TrackRow | undefined) {
  const [shown] = row === undefined ? [] : await shownTracks(db, [row])
  if (shown === undefined) throw new ApiError('NOT_FOUND')
  return shown
}
