import type { StatementRecord } from './store.ts'

type Payable = Pick<StatementRecord, 'period' | 'latest' | 'payableMinor' | 'paidSinceMinor'>

/**
 * What is left to be paid of a statement: of the latest one of a label, for it has the balance of those before in it. A payment of
 * one before can be accounted after it.
 */
export function dueOf({ period, latest, payableMinor, paidSinceMinor }: Payable): bigint {
  if (latest > period) return 0n
  return payableMinor > paidSinceMinor ? payableMinor - paidSinceMinor : 0n
}

/** A statement as callers see it. */
export function shownStatement(record: StatementRecord) {
  const { paymentId, bookedIn, paidMinor, reference, paidAt, paidSinceMinor: _, latest: __, ...statement } = record
  const isPaid = paymentId !== null && bookedIn !== null && paidMinor !== null && reference !== null && paidAt !== null
  const payment = isPaid
    ? { id: paymentId, period: statement.period, bookedIn, amountMinor: paidMinor, reference, paidAt }
    : null
  return { ...statement, dueMinor: dueOf(record), payment }
}
