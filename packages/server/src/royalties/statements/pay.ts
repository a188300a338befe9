import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { newId, type PaymentId } from '../../ids.ts'
import { post } from '../ledger/post.ts'
import { keepCurrency, lockNextOpen } from '../periods/store.ts'
import { dueOf } from './shown.ts'
import { findStatement, insertPayment, type Of } from './store.ts'

interface Wanted extends Of {
  reference: string
  paidAt?: Date | undefined
}

/**
 * Enters that what is due of a label's latest statement was paid, in the next open period.
 * @throws NOT_FOUND, STATEMENT_PAID, NOTHING_PAYABLE
 */
export async function payStatement(
  tx: Db,
  { period, labelId, reference, paidAt = new Date() }: Wanted,
): Promise<PaymentId> {
  // Payments wait for each other here.
  const { id: booked } = await lockNextOpen(tx)
  const statement = await findStatement(tx, { period, labelId })
  if (statement === undefined) throw new ApiError('NOT_FOUND')
  if (statement.paymentId !== null) throw new ApiError('STATEMENT_PAID')
  if (statement.latest > period) {
    const message = `Its balance went into the statement of ${statement.latest}: pay that one.`
    throw new ApiError('NOTHING_PAYABLE', { message })
  }
  if (statement.payableMinor === 0n) throw new ApiError('NOTHING_PAYABLE')
  const amountMinor = dueOf(statement)
  if (amountMinor === 0n) throw new ApiError('STATEMENT_PAID')
  const { currency } = statement
  await keepCurrency(tx, [booked], currency)
  const transactionId = await post(tx, {
    ...{ key: `payment ${period} ${labelId}`, kind: 'payment', period: booked, currency, occurredAt: paidAt },
    memo: `Payment of ${period}: ${reference}`,
    entries: [
      { kind: 'payable', labelId, amountMinor },
      { kind: 'payments', labelId: null, amountMinor: -amountMinor },
    ],
  })
  if (transactionId === null) throw new Error('A payment came to nothing.')
  const id = newId('payment')
  await insertPayment(tx, { id, period, labelId, booked, amountMinor, reference, paidAt, transactionId })
  return id
}
