import { afterAll, describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { createDb, createPool } from '../../db/connect.ts'
import { encodeCursor } from '../../page.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'
import { type Posting, post, reverse } from './post.ts'

const server = await startTestServer()
const db = createDb(createPool({ connectionString: server.databaseUrl }, { max: 2 }))
afterAll(() => db.destroy())
const { client } = await accountant(server)
const { ledger } = client.royalties
const stranger = await server.signUp()
const make = catalogueOf(client)
const label = await make.label()
const period = '2026-01'
await make.listener({ period, grossMinor: 1_000n })

const posting: Posting = {
  ...{
    key: 'one',
    kind: 'adjustment',
    period,
    currency: 'EUR',
    memo: 'A try',
    occurredAt: new Date('2026-01-31T12:00Z'),
  },
  entries: [
    { kind: 'adjustments', labelId: null, amountMinor: 70n },
    { kind: 'payable', labelId: label.id, amountMinor: -70n },
    { kind: 'suspense', labelId: null, amountMinor: 0n },
  ],
}
const posted = (change: Partial<Posting> = {}) => db.transaction().execute((tx) => post(tx, { ...posting, ...change }))

describe('the ledger', () => {
  test('takes a transaction once by its key, also of five at once', async () => {
    const ids = await Promise.all([1, 2, 3, 4, 5].map(() => posted()))
    expect(new Set(ids).size).toBe(1)
    const accounts = await collect(ledger.accounts.all({ limit: 1 }))
    expect(accounts.map(({ kind, side, balanceMinor, entries }) => [kind, side, balanceMinor, entries]).sort()).toEqual(
      [
        ['adjustments', 'debit', 70n, 1],
        ['payable', 'credit', 70n, 1],
      ],
    )
    const [payable] = await collect(ledger.accounts.all({ kind: 'payable', labelId: label.id }))
    expect(await collect(ledger.entries.all({ accountId: payable!.id }))).toMatchObject([
      {
        ...{ transactionId: ids[0], kind: 'adjustment', period, memo: 'A try', reverses: null },
        ...{ amountMinor: -70n, balanceMinor: 70n, occurredAt: posting.occurredAt },
      },
    ])
    expect(await collect(ledger.accounts.all({ at: new Date('2020-01-01') }))).toMatchObject([
      { balanceMinor: 0n, entries: 0 },
      { balanceMinor: 0n, entries: 0 },
    ])
  })

  test('undoes a transaction once, by another one', async () => {
    const id = await posted()
    const undo = () => db.transaction().execute((tx) => reverse(tx, id!, { period, memo: 'Not so' }))
    expect(await undo()).toBe(await undo())
    const accounts = await collect(ledger.accounts.all())
    expect(accounts.map(({ balanceMinor, entries }) => [balanceMinor, entries])).toEqual([
      [0n, 2],
      [0n, 2],
    ])
  })

  test('takes nothing that does not come to zero, by itself and in the database', async () => {
    const entries = [{ kind: 'suspense' as const, labelId: null, amountMinor: 1n }]
    await expect(posted({ key: 'two', entries })).rejects.toThrow('not to zero')
    const [account] = await collect(ledger.accounts.all())
    const unbalanced = server.query(
      `with made as (insert into ledger_transactions (id, idempotency_key, kind, period, memo, occurred_at)
        values ('ltx_x', 'x', 'run', $1, '', now()) returning id)
      insert into ledger_entries (transaction_id, account_id, period, amount_minor) select id, $2, $1, 5 from made`,
      [period, account!.id],
    )
    expect(await codeOf(unbalanced)).toBe('RP005')
    expect(await posted({ key: 'three', entries: [] })).toBeNull()
  })

  test.each([
    ['update ledger_entries set amount_minor = 1'],
    ['delete from ledger_entries'],
    ['truncate ledger_entries'],
    ['update ledger_transactions set memo = $$x$$'],
    ['delete from ledger_transactions'],
    ['update ledger_accounts set currency = $$USD$$'],
    [
      'insert into ledger_entries (transaction_id, account_id, period, amount_minor) select transaction_id, account_id, period, 1 from ledger_entries limit 1',
    ],
  ])('keeps what was posted: %s', async (statement) => {
    expect(await codeOf(server.query(statement))).toMatch(/^RP004$/)
  })
})

test('what is not there, or may not be', async () => {
  const accountId = `acc_${'0'.repeat(26)}` as const
  expect(await codeOf(ledger.entries({ accountId }))).toBe('NOT_FOUND')
  expect(await codeOf(ledger.entries({ accountId: 'x' as typeof accountId }))).toBe('INVALID_INPUT')
  const [known] = (await ledger.accounts()).items
  for (const wrong of [[true], [1], [String(2n ** 63n)], ['1\0']]) {
    expect(await codeOf(ledger.entries({ accountId: known!.id, cursor: encodeCursor(wrong) }))).toBe('BAD_CURSOR')
  }
  expect(await codeOf(ledger.accounts({ cursor: 'x' }))).toBe('BAD_CURSOR')
  expect(await codeOf(stranger.client.royalties.ledger.accounts())).toBe('NOT_ALLOWED')
  expect(await codeOf(stranger.client.royalties.ledger.entries({ accountId }))).toBe('NOT_ALLOWED')
  expect(await codeOf(server.anyone.royalties.ledger.accounts())).toBe('NOT_SIGNED_IN')
})
