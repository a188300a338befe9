import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { firstFreeMonth } from '../periods/store.ts'
import { restate } from '../totals/restate.ts'
import { sharesFit } from './rights.ts'
import { holdLabels, type RightsVersion, replaceRights } from './store.ts'

interface Wanted extends Omit<RightsVersion, 'from'> {
  trackKey: number
  /** Left out, the first period that nothing is shut in or after. */
  from?: string | undefined
}

/**
 * Sets who gets which part of a track from a period on. Comes first in its transaction, but for the locks of what it is about.
 * @throws SHARES_TOO_HIGH, UNKNOWN_LABEL, PERIOD_CLOSED, PERIOD_FROZEN
 */
export async function setRights(tx: Db, { trackKey, shares, from: wanted }: Wanted): Promise<RightsVersion> {
  if (!sharesFit(shares)) throw new ApiError('SHARES_TOO_HIGH', { field: 'shares' })
  const from = wanted ?? (await firstFreeMonth(tx))
  return restate(tx, { periods: { from }, listeners: { heard: [trackKey] } }, async () => {
    const ids = shares.map(({ labelId }) => labelId)
    if ((await holdLabels(tx, ids)).length < ids.length) throw new ApiError('UNKNOWN_LABEL', { field: 'shares' })
    const version = { from, shares }
    await replaceRights(tx, trackKey, version)
    return version
  })
}
