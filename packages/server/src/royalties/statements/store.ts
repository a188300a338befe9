import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { LabelId, PaymentId, RunId, TrackId, TransactionId } from '../../ids.ts'

const statements = (db: Db) =>
  db
    .selectFrom('royalty_statements as s')
    .innerJoin('labels as l', 'l.id', 's.label_id')
    .leftJoin('royalty_payments as p', (join) =>
      join.onRef('p.period', '=', 's.period').onRef('p.label_id', '=', 's.label_id'),
    )
    .select([
      ...(['s.period', 's.label_id as labelId', 'l.name', 's.run_id as runId', 's.currency'] as const),
      ...(['s.opening_minor as openingMinor', 's.earnings_minor as earningsMinor'] as const),
      ...(['s.adjustments_minor as adjustmentsMinor', 's.payments_minor as paymentsMinor'] as const),
      ...(['s.closing_minor as closingMinor', 's.minimum_payout_minor as minimumPayoutMinor'] as const),
      ...(['s.payable_minor as payableMinor', 's.created_at as createdAt', 'p.id as paymentId'] as const),
      ...(['p.booked as bookedIn', 'p.amount_minor as paidMinor', 'p.reference', 'p.paid_at as paidAt'] as const),
      sql<bigint>`(select coalesce(sum(amount_minor), 0)::bigint from royalty_payments
        where label_id = s.label_id and booked > s.period)`.as('paidSinceMinor'),
      sql<string>`(select max(period) from royalty_statements where label_id = s.label_id)`.as('latest'),
    ])

export type StatementRecord = NonNullable<Awaited<ReturnType<typeof findStatement>>>

export interface Of {
  period: string
  labelId: LabelId
}

export function findStatement(db: Db, { period, labelId }: Of) {
  return statements(db).where('s.period', '=', period).where('s.label_id', '=', labelId).executeTakeFirst()
}

export interface Filter {
  period: string | undefined
  labelId: LabelId | undefined
  after: readonly [period: string, labelId: LabelId] | undefined
  limit: number
}

/** The latest period first, in one by label. */
export function listStatements(db: Db, { period, labelId, after, limit }: Filter) {
  return statements(db)
    .$if(period !== undefined, (query) => query.where('s.period', '=', period ?? ''))
    .$if(labelId !== undefined, (query) => query.where('s.label_id', '=', labelId ?? 'lbl_'))
    .$if(after !== undefined, (query) =>
      query.where((eb) =>
        eb.and([
          eb('s.period', '<=', after?.[0] ?? ''),
          eb.or([eb('s.period', '<', after?.[0] ?? ''), eb('s.label_id', '>', after?.[1] ?? 'lbl_')]),
        ]),
      ),
    )
    .orderBy('s.period', 'desc')
    .orderBy('s.label_id')
    .limit(limit)
    .execute()
}

export interface LineRecord {
  trackKey: number
  trackId: TrackId | null
  externalId: string | null
  title: string | null
  isrc: string | null
  seconds: bigint
  streams: bigint
  sharePpm: number
  amountMinor: bigint
}

export interface LinesOf {
  runId: RunId
  payee: string
}

export interface LinePage {
  after: readonly [amountMinor: bigint, trackKey: number] | undefined
  limit: number
}

/** What each track earned, the largest amounts first. */
export async function listLines(db: Db, { runId, payee }: LinesOf, { after, limit }: LinePage): Promise<LineRecord[]> {
  const beyond =
    after === undefined ? sql`true` : sql`(-l.amount_minor, l.track_key) > (${-after[0]}::bigint, ${after[1]}::integer)`
  const { rows } = await sql<LineRecord>`
    select l.track_key as "trackKey", t.id as "trackId", t.external_id as "externalId", t.title, t.isrc, l.seconds,
      l.streams, l.share_ppm as "sharePpm", l.amount_minor as "amountMinor"
    from (
      select l.track_key, l.seconds, l.streams, l.share_ppm, l.amount_minor from royalty_run_lines l
      where l.run_id = ${runId} and l.payee = ${payee} and ${beyond}
      order by -l.amount_minor, l.track_key
      limit ${limit}
    ) l
    left join tracks t on t.key = l.track_key
    order by -l.amount_minor, l.track_key`.execute(db)
  return rows
}

/** What was paid to a label and is accounted in a period. */
export function listPayments(db: Db, { period, labelId }: Of, limit: number) {
  return db
    .selectFrom('royalty_payments')
    .select(['id', 'period', 'booked as bookedIn', 'amount_minor as amountMinor', 'reference', 'paid_at as paidAt'])
    .where('label_id', '=', labelId)
    .where('booked', '=', period)
    .orderBy('id')
    .limit(limit)
    .execute()
}

export interface NewPayment extends Of {
  id: PaymentId
  booked: string
  amountMinor: bigint
  reference: string
  paidAt: Date
  transactionId: TransactionId
}

export async function insertPayment(tx: Db, payment: NewPayment): Promise<void> {
  const { id, period, labelId, booked, amountMinor, reference, paidAt, transactionId } = payment
  await tx
    .insertInto('royalty_payments')
    .values({
      ...{ id, period, label_id: labelId, booked, reference },
      ...{ amount_minor: amountMinor, paid_at: paidAt, transaction_id: transactionId },
    })
    .execute()
}
