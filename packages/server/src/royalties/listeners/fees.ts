import type { Db } from '../../db/connect.ts'
import { ApiError, type ErrorCode } from '../../errors.ts'
import { findPeriod, knownCurrency, type Period } from '../periods/store.ts'
import { restate } from '../totals/restate.ts'
import { originsIn } from '../totals/store.ts'
import { isOnlyFee, type NewFee, setCurrency, writeFee } from './store.ts'

/** What keeps a fee from being accounted in a period; undefined where nothing does. A period without a currency takes any. */
export function feeProblem(
  { currency, origin }: { currency: string; origin: string },
  { state, currency: known }: Pick<Period, 'state' | 'currency'>,
  origins: { has(name: string): boolean },
): Extract<ErrorCode, 'PERIOD_CLOSED' | 'PERIOD_FROZEN' | 'CURRENCY_MIXED' | 'UNKNOWN_ORIGIN'> | undefined {
  if (state !== 'open') return state === 'closed' ? 'PERIOD_CLOSED' : 'PERIOD_FROZEN'
  if (known !== null && known !== currency) return 'CURRENCY_MIXED'
  return origins.has(origin) ? undefined : 'UNKNOWN_ORIGIN'
}

const fieldOf: Partial<Record<ErrorCode, string>> = { CURRENCY_MIXED: 'fee.currency', UNKNOWN_ORIGIN: 'fee.origin' }

/**
 * Says what a listener paid for an open period, in place of what was known.
 * @throws PERIOD_CLOSED, PERIOD_FROZEN, CURRENCY_MIXED, UNKNOWN_ORIGIN
 */
export async function setFee(tx: Db, listenerKey: number, fee: NewFee & { currency: string }): Promise<void> {
  const { period, currency } = fee
  await restate(tx, { periods: [period], listeners: [listenerKey] }, async () => {
    const known = await findPeriod(tx, period)
    if (known === undefined) throw new ApiError('PERIOD_CLOSED')
    // The only fee of all may change the currency: nothing is in the old one.
    const books = (await isOnlyFee(tx, period, listenerKey)) ? null : ((await knownCurrency(tx)) ?? null)
    const problem = feeProblem(fee, { ...known, currency: books }, await originsIn(tx, period))
    if (problem !== undefined) {
      const field = fieldOf[problem]
      throw new ApiError(problem, field === undefined ? {} : { field })
    }
    if (known.currency !== currency) await setCurrency(tx, period, currency)
    await writeFee(tx, listenerKey, fee)
  })
}
