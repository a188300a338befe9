import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { RunId } from '../../ids.ts'

export interface Closing {
  period: string
  runId: RunId
  currency: string
  minimumPayoutMinor: bigint
}

/**
 * Makes the statements of a period from the ledger: of everybody whom its run names, or whose balance is or was something. A
 * reversal counts as what it undoes.
 */
export async function makeStatements(tx: Db, { period, runId, currency, minimumPayoutMinor }: Closing): Promise<void> {
  await sql`
    with booked as (
      select a.label_id, e.period, -e.amount_minor as amount, coalesce(r.kind, t.kind) as kind
      from ledger_accounts a
      join ledger_entries e on e.account_id = a.id
      join ledger_transactions t on t.id = e.transaction_id
      left join ledger_transactions r on r.id = t.reverses
      where a.kind = 'payable' and a.currency = ${currency} and e.period <= ${period}
    ),
    sums as (
      select label_id, bool_or(period = ${period}) as moved,
        coalesce(sum(amount) filter (where period < ${period}), 0)::bigint as opening,
        coalesce(sum(amount) filter (where period = ${period} and kind = 'run'), 0)::bigint as earnings,
        coalesce(sum(amount) filter (where period = ${period} and kind = 'adjustment'), 0)::bigint as adjustments,
        coalesce(-sum(amount) filter (where period = ${period} and kind = 'payment'), 0)::bigint as payments
      from booked group by label_id
    ),
    balances as (
      select l.id as label_id, coalesce(s.opening, 0) as opening, coalesce(s.earnings, 0) as earnings,
        coalesce(s.adjustments, 0) as adjustments, coalesce(s.payments, 0) as payments,
        coalesce(s.opening + s.earnings + s.adjustments - s.payments, 0) as closing
      from labels l
      left join sums s on s.label_id = l.id
      where s.moved or s.opening <> 0
        or l.id in (select payee from royalty_run_payees where run_id = ${runId})
    )
    insert into royalty_statements (period, label_id, run_id, currency, opening_minor, earnings_minor, adjustments_minor,
      payments_minor, closing_minor, minimum_payout_minor, payable_minor)
    select ${period}, label_id, ${runId}, ${currency}, opening, earnings, adjustments, payments, closing,
      ${minimumPayoutMinor}::bigint, case when closing > 0 and closing >= ${minimumPayoutMinor}::bigint then closing else 0 end
    from balances`.execute(tx)
}
