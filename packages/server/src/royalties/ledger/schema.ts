import { z } from 'zod'
import { accountId, labelId, transactionId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'
import { period } from '../periods/month.ts'

const maxMinor = 10n ** 15n

/** An amount that may be below zero, in minor units of its currency. */
export const amountMinor = z.bigint().min(-maxMinor).max(maxMinor)

export const currency = z
  .string()
  .regex(/^[A-Z]{3}$/)
  .describe('The currency, by its three letters: `EUR`.')

export const accountKind = z.enum(['subscriptions', 'payable', 'suspense', 'payments', 'adjustments']).meta({
  open: true,
  id: 'AccountKind',
  description:
    'What an account of the ledger is of. `subscriptions`: what fees left to pay out (debits). `payable`: what is owed to a ' +
    'label (credits). `suspense`: what waits to be assigned (credits). `payments`: what was paid out (credits). `adjustments`: ' +
    'what was given by hand (debits).',
})

export const account = z
  .object({
    id: accountId,
    kind: accountKind,
    labelId: labelId.nullable().describe('Whom it is owed to, of a `payable` one; else null.'),
    currency,
    side: z
      .enum(['debit', 'credit'])
      .describe('Which entries raise its balance: debits of `subscriptions` and `adjustments`, else credits.'),
    balanceMinor: z
      .bigint()
      .describe(
        'In minor units, counted on the `side` of the account: of a `payable` one what is owed. All balances of `debit` ' +
          'accounts come to as much as all of `credit` ones.',
      ),
    entries: z.int().min(0).describe('How many entries it has.'),
  })
  .meta({ id: 'LedgerAccount', description: 'An account of the ledger, in one currency.' })

export const accountsInput = z.object({
  at: z.date().optional().describe('Balances as they were at this time; left out, as they are.'),
  kind: accountKind.optional().describe('Only accounts of this kind.'),
  labelId: labelId.optional().describe('Only the accounts of this label.'),
  ...pageInput,
})

export const entry = z
  .object({
    id: z.bigint().describe('Number of the entry; later ones have higher ones.'),
    transactionId,
    kind: z
      .enum(['run', 'reversal', 'adjustment', 'payment'])
      .meta({ open: true })
      .describe('What it comes from. A `reversal` undoes another transaction: `reverses`.'),
    period: period.describe('The period it is accounted in.'),
    memo: text({ max: 1_000 }).describe('What it is, in a few words.'),
    reverses: transactionId.nullable().describe('The transaction that is undone by it.'),
    amountMinor: z
      .bigint()
      .describe('In minor units: debits above zero, credits below it. All entries of a transaction come to zero.'),
    balanceMinor: z.bigint().describe('The balance of the account after it, counted on the `side` of the account.'),
    occurredAt: z.date().describe('When it took place: of a payment, when it was paid.'),
    postedAt: z.date().describe('When it was entered.'),
  })
  .meta({ id: 'LedgerEntry', description: 'An entry of an account. Entries are never changed or removed.' })

export const entriesInput = z.object({ accountId, ...pageInput })

export const accountPage = pageOf(account)
export const entryPage = pageOf(entry)
