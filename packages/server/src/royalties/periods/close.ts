import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { isImporting, standingRun, takeTime } from '../runs/store.ts'
import { makeStatements } from '../statements/make.ts'
import { rulesIn } from '../totals/store.ts'
import { isOver } from './month.ts'
import { lockPeriod, lockTerms, openBefore, setState } from './store.ts'

/**
 * Closes a period on the run that stands, for good. False where it was closed before. Comes first in its transaction.
 * @throws NOT_FOUND, NO_RUN, PERIOD_NOT_OVER, EARLIER_OPEN, IMPORT_RUNNING
 */
export async function closePeriod(tx: Db, id: string): Promise<boolean> {
  await takeTime(tx)
  // Nobody makes an earlier period meanwhile.
  await lockTerms(tx, { exclusive: true })
  const period = await lockPeriod(tx, id)
  if (period === undefined) throw new ApiError('NOT_FOUND')
  if (period.state === 'closed') return false
  const run = await standingRun(tx, id)
  if (run === undefined) throw new ApiError('NO_RUN')
  if (!isOver(id, new Date())) throw new ApiError('PERIOD_NOT_OVER')
  const open = await openBefore(tx, id)
  if (open !== undefined) throw new ApiError('EARLIER_OPEN', { message: `${open} is not closed: it comes first.` })
  if (await isImporting(tx)) throw new ApiError('IMPORT_RUNNING')
  const { minimumPayoutMinor } = await rulesIn(tx, id)
  await makeStatements(tx, { period: id, runId: run.id, currency: run.currency, minimumPayoutMinor })
  await setState(tx, id, 'closed')
  return true
}
