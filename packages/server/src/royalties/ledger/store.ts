import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { AccountId, LabelId, TransactionId } from '../../ids.ts'

export type AccountKind = 'subscriptions' | 'payable' | 'suspense' | 'payments' | 'adjustments'

/** Which entries raise the balance of an account. */
export const sideOf = (kind: AccountKind): 'debit' | 'credit' =>
  kind === 'subscriptions' || kind === 'adjustments' ? 'debit' : 'credit'

export interface Filter {
  at: Date | undefined
  kind: AccountKind | undefined
  labelId: LabelId | undefined
  after: AccountId | undefined
  limit: number
}

/** Accounts by their id, with debits less credits up to a time. */
export async function listAccounts(db: Db, { at, kind, labelId, after, limit }: Filter) {
  let page = db.selectFrom('ledger_accounts').select(['id', 'kind', 'label_id as labelId', 'currency'])
  if (kind !== undefined) page = page.where('kind', '=', kind)
  if (labelId !== undefined) page = page.where('label_id', '=', labelId)
  if (after !== undefined) page = page.where('id', '>', after)
  return db
    .selectFrom(page.orderBy('id').limit(limit).as('a'))
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('ledger_entries')
          .select([
            sql<bigint>`coalesce(sum(amount_minor), 0)::bigint`.as('total'),
            sql<bigint>`count(*)`.as('entries'),
          ])
          .whereRef('account_id', '=', 'a.id')
          .$if(at !== undefined, (query) => query.where('posted_at', '<=', at ?? new Date(0)))
          .as('e'),
      (join) => join.onTrue(),
    )
    .select(['a.id', 'a.kind', 'a.labelId', 'a.currency', 'e.total', 'e.entries'])
    .orderBy('a.id')
    .execute()
}

export function findAccount(db: Db, id: AccountId) {
  return db.selectFrom('ledger_accounts').select(['id', 'kind']).where('id', '=', id).executeTakeFirst()
}

/** The newest entries first, each with debits less credits of the account up to it. */
export async function listEntries(db: Db, accountId: AccountId, { before, limit }: { before?: bigint; limit: number }) {
  let page = db
    .selectFrom('ledger_entries')
    .select(['id', 'transaction_id', 'amount_minor', 'posted_at'])
    .where('account_id', '=', accountId)
  if (before !== undefined) page = page.where('id', '<', before)
  return db
    .with('page', () => page.orderBy('id', 'desc').limit(limit))
    .with('upto', (qb) =>
      qb
        .selectFrom('ledger_entries')
        .select(sql<bigint>`sum(amount_minor)::bigint`.as('total'))
        .where('account_id', '=', accountId)
        .where('id', '<=', (eb) => eb.selectFrom('page').select(sql<bigint>`max(id)`.as('last'))),
    )
    .selectFrom('page as e')
    .innerJoin('upto', (join) => join.onTrue())
    .innerJoin('ledger_transactions as t', 't.id', 'e.transaction_id')
    .select([
      ...(['e.id', 't.id as transactionId', 't.kind', 't.period', 't.memo', 't.reverses'] as const),
      ...(['e.amount_minor as amountMinor', 't.occurred_at as occurredAt', 'e.posted_at as postedAt'] as const),
      sql<bigint>`(upto.total - coalesce(sum(e.amount_minor) over (order by e.id desc
        rows between unbounded preceding and 1 preceding), 0))::bigint`.as('total'),
    ])
    .orderBy('e.id', 'desc')
    .execute()
}

/** One transaction by the key that it was posted under. */
export function findByKey(db: Db, key: string) {
  return db.selectFrom('ledger_transactions').select('id').where('idempotency_key', '=', key).executeTakeFirst()
}

export interface NewTransaction {
  id: TransactionId
  key: string
  kind: 'run' | 'reversal' | 'adjustment' | 'payment'
  period: string
  memo: string
  reverses: TransactionId | null
  occurredAt: Date
}

/** False where there is one of this key. */
export async function insertTransaction(tx: Db, { key, occurredAt, ...rest }: NewTransaction): Promise<boolean> {
  const row = await tx
    .insertInto('ledger_transactions')
    .values({ ...rest, idempotency_key: key, occurred_at: occurredAt })
    .onConflict((conflict) => conflict.column('idempotency_key').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

export interface NewEntry {
  accountId: AccountId
  amountMinor: bigint
}

export async function insertEntries(
  tx: Db,
  { id, period }: { id: TransactionId; period: string },
  entries: readonly NewEntry[],
): Promise<void> {
  const accounts = entries.map(({ accountId }) => accountId)
  const amounts = entries.map(({ amountMinor }) => String(amountMinor))
  await sql`
    insert into ledger_entries (transaction_id, account_id, period, amount_minor)
    select ${id}, entry.account_id, ${period}, entry.amount_minor
    from unnest(${accounts}::text[], ${amounts}::bigint[]) with ordinality as entry (account_id, amount_minor, at)
    order by entry.at`.execute(tx)
}

/** The entries of a transaction the other way round, as those of another. */
export async function mirrorEntries(
  tx: Db,
  from: TransactionId,
  { id, period }: { id: TransactionId; period: string },
) {
  await sql`
    insert into ledger_entries (transaction_id, account_id, period, amount_minor)
    select ${id}, account_id, ${period}, -amount_minor from ledger_entries where transaction_id = ${from}
    order by id`.execute(tx)
}

export interface AccountOf {
  kind: AccountKind
  labelId: LabelId | null
}

/** The accounts of these kinds and labels in a currency, as far as there are any. */
export async function accountsOf(tx: Db, currency: string, wanted: readonly AccountOf[]) {
  const { rows } = await sql<{ id: AccountId; kind: AccountKind; labelId: LabelId | null }>`
    select a.id, a.kind, a.label_id as "labelId"
    from unnest(${wanted.map(({ kind }) => kind)}::text[], ${wanted.map(({ labelId }) => labelId)}::text[])
      as wanted (kind, label_id)
    join ledger_accounts a on a.kind = wanted.kind and a.label_id is not distinct from wanted.label_id
    where a.currency = ${currency}`.execute(tx)
  return rows
}

export async function insertAccounts(tx: Db, currency: string, accounts: readonly (AccountOf & { id: AccountId })[]) {
  await tx
    .insertInto('ledger_accounts')
    .values(accounts.map(({ id, kind, labelId }) => ({ id, kind, label_id: labelId, currency })))
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
