import type { Db } from '../../db/connect.ts'
import { type AccountId, newId, type TransactionId } from '../../ids.ts'
import {
  type AccountOf,
  accountsOf,
  findByKey,
  insertAccounts,
  insertEntries,
  insertTransaction,
  mirrorEntries,
} from './store.ts'

export interface Entry extends AccountOf {
  /** Debits above zero, credits below it. */
  amountMinor: bigint
}

export interface Posting {
  /** The same key again has no effect. */
  key: string
  kind: 'run' | 'adjustment' | 'payment'
  period: string
  currency: string
  memo: string
  occurredAt: Date
  /** Come to zero. Those of nothing are left out. */
  entries: readonly Entry[]
}

/** Posts a transaction to the ledger; null where there is nothing to post. */
export async function post(tx: Db, posting: Posting): Promise<TransactionId | null> {
  const { key, kind, period, currency, memo, occurredAt } = posting
  const entries = posting.entries.filter(({ amountMinor }) => amountMinor !== 0n)
  if (entries.length === 0) return null
  const sum = entries.reduce((total, { amountMinor }) => total + amountMinor, 0n)
  if (sum !== 0n) throw new Error(`The transaction ${key} comes to ${sum}, not to zero.`)
  const id = newId('transaction')
  if (!(await insertTransaction(tx, { id, key, kind, period, memo, reverses: null, occurredAt }))) {
    return postedBefore(tx, key)
  }
  const accounts = await ensureAccounts(tx, currency, entries)
  await insertEntries(
    tx,
    { id, period },
    entries.map((entry) => ({ accountId: accounts(entry), amountMinor: entry.amountMinor })),
  )
  return id
}

/** Undoes a transaction by another one of the same entries the other way round. */
export async function reverse(
  tx: Db,
  transactionId: TransactionId,
  { period, memo }: { period: string; memo: string },
): Promise<TransactionId> {
  const [id, key] = [newId('transaction'), `reversal ${transactionId}`]
  const transaction = { id, key, kind: 'reversal', period, memo, reverses: transactionId } as const
  if (!(await insertTransaction(tx, { ...transaction, occurredAt: new Date() }))) return postedBefore(tx, key)
  await mirrorEntries(tx, transactionId, { id, period })
  return id
}

async function postedBefore(tx: Db, key: string): Promise<TransactionId> {
  const known = await findByKey(tx, key)
  if (known === undefined) throw new Error(`The transaction ${key} is not there.`)
  return known.id
}

const nameOf = ({ kind, labelId }: AccountOf): string => `${kind} ${labelId ?? ''}`

async function ensureAccounts(tx: Db, currency: string, wanted: readonly AccountOf[]) {
  const distinct = [...new Map(wanted.map((account) => [nameOf(account), account])).values()]
  const known = new Set((await accountsOf(tx, currency, distinct)).map(nameOf))
  const missing = distinct.filter((account) => !known.has(nameOf(account)))
  for (let at = 0; at < missing.length; at += 5_000) {
    const some = missing.slice(at, at + 5_000)
    await insertAccounts(
      tx,
      currency,
      some.map(({ kind, labelId }) => ({ id: newId('account'), kind, labelId })),
    )
  }
  const ids = new Map((await accountsOf(tx, currency, distinct)).map((account) => [nameOf(account), account.id]))
  return (account: AccountOf): AccountId => {
    const id = ids.get(nameOf(account))
    if (id === undefined) throw new Error(`There is no account ${nameOf(account)}.`)
    return id
  }
}
