import type { StatementRecord } from './store.ts'

/** What is left to be paid of a statement: what was paid since counts, on whichever statement. */
export function dueOf({
  payableMinor,
  paidSinceMinor,
}: Pick<StatementRecord, 'payableMinor' | 'paidSinceMinor'>): bigint {
  return payableMinor > paidSinceMinor ? payableMinor - paidSinceMinor : 0n
}

/** A statement as callers see it. */
export function shownStatement(record: StatementRecord) {
  const { paymentId, bookedIn, paidMinor, reference, paidAt, paidSinceMinor: _, ...statement } = record
  const isPaid = paymentId !== null && bookedIn !== null && paidMinor !== null && reference !== null && paidAt !== null
  const payment = isPaid
    ? { id: paymentId, period: statement.period, bookedIn, amountMinor: paidMinor, reference, paidAt }
    : null
  return { ...statement, dueMinor: dueOf(record), payment }
}
