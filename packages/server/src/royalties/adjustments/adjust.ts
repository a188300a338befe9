import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { type AdjustmentId, type LabelId, newId } from '../../ids.ts'
import { existingLabels } from '../labels/store.ts'
import { post } from '../ledger/post.ts'
import { findPeriod, keepCurrency, knownCurrency, lockNextOpen } from '../periods/store.ts'
import { insertAdjustments } from './store.ts'

interface Wanted {
  labelId: LabelId
  amountMinor: bigint
  reason: string
  forPeriod?: string | undefined
}

/**
 * Gives a label something, or takes it back, in the next open period.
 * @throws UNKNOWN_LABEL, NOT_FOUND, CURRENCY_NEEDED
 */
export async function adjust(tx: Db, { labelId, amountMinor, reason, forPeriod }: Wanted): Promise<AdjustmentId> {
  const { id: period } = await lockNextOpen(tx)
  if ((await existingLabels(tx, [labelId])).length === 0) throw new ApiError('UNKNOWN_LABEL', { field: 'labelId' })
  if (forPeriod !== undefined && (await findPeriod(tx, forPeriod)) === undefined) {
    throw new ApiError('NOT_FOUND', { field: 'forPeriod', message: 'Nothing has come for this period.' })
  }
  const currency = await knownCurrency(tx)
  if (currency === undefined) {
    throw new ApiError('CURRENCY_NEEDED', { message: 'No fee says in which currency the amount is.' })
  }
  await keepCurrency(tx, [period], currency)
  const id = newId('adjustment')
  const transactionId = await post(tx, {
    ...{ key: `adjustment ${id}`, kind: 'adjustment', period, currency, memo: reason, occurredAt: new Date() },
    entries: [
      { kind: 'adjustments', labelId: null, amountMinor },
      { kind: 'payable', labelId, amountMinor: -amountMinor },
    ],
  })
  if (transactionId === null) throw new Error('An adjustment came to nothing.')
  await insertAdjustments(tx, [
    {
      ...{ id, period, forPeriod: forPeriod ?? null, kind: 'manual', payee: labelId, trackKey: null },
      ...{ amountMinor, reason, runId: null, transactionId },
    },
  ])
  return id
}
