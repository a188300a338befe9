import { expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { royalties } = client
const make = catalogueOf(client)
const [member, stranger] = [await server.signUp(), await server.signUp()]
const label = await make.label()
await royalties.labels.addMember({ labelId: label.id, userId: member.user.id })
const given = { labelId: label.id, amountMinor: -250n, reason: 'Costs of pressing' }

test('is accounted in the next open period, once by its key, and its label sees it', async () => {
  expect(await codeOf(royalties.adjustments.create(given))).toBe('CURRENCY_NEEDED')
  await make.listener({ period: '2026-01', grossMinor: 1_000n })
  const made = await royalties.adjustments.create({ ...given, forPeriod: '2026-01', idempotencyKey: 'once' })
  expect(made).toMatchObject({
    ...{ period: '2026-01', forPeriod: '2026-01', kind: 'manual', labelId: label.id, suspended: null },
    ...{ trackId: null, amountMinor: -250n, currency: 'EUR', reason: 'Costs of pressing', runId: null },
  })
  expect(await royalties.adjustments.create({ ...given, forPeriod: '2026-01', idempotencyKey: 'once' })).toEqual(made)
  await royalties.runs.create({ period: '2026-01', model: 'pro-rata-seconds' })
  const next = await royalties.adjustments.create({ ...given, amountMinor: 100n })
  expect(next).toMatchObject({ period: '2026-02', forPeriod: null, currency: 'EUR' })
  const mine = await collect(member.client.royalties.adjustments.list.all({ labelId: label.id, limit: 1 }))
  expect(mine).toEqual([next, made])
  expect(await collect(royalties.adjustments.list.all({ period: '2026-01' }))).toEqual([made])
  await royalties.periods.close({ period: '2026-01' })
  const statement = await member.client.royalties.statements.get({ period: '2026-01', labelId: label.id })
  expect(statement).toMatchObject({ adjustmentsMinor: -250n, closingMinor: -250n, payableMinor: 0n })
})

test('what is not there, or may not be', async () => {
  const labelId = `lbl_${'0'.repeat(26)}` as const
  const { adjustments } = royalties
  expect(await codeOf(adjustments.create({ ...given, labelId }))).toBe('UNKNOWN_LABEL')
  expect(await codeOf(adjustments.create({ ...given, forPeriod: '1999-01' }))).toBe('NOT_FOUND')
  expect(await codeOf(adjustments.create({ ...given, amountMinor: 0n }))).toBe('INVALID_INPUT')
  expect(await codeOf(adjustments.create({ ...given, amountMinor: 10n ** 16n }))).toBe('INVALID_INPUT')
  expect(await codeOf(adjustments.list({ labelId }))).toBe('NOT_FOUND')
  expect(await codeOf(adjustments.list({ cursor: 'x' }))).toBe('BAD_CURSOR')
  const theirs = stranger.client.royalties.adjustments
  expect(await codeOf(theirs.list({ labelId: label.id }))).toBe('NOT_FOUND')
  expect(await codeOf(member.client.royalties.adjustments.list())).toBe('NOT_ALLOWED')
  expect(await codeOf(member.client.royalties.adjustments.create(given))).toBe('NOT_ALLOWED')
  expect(await codeOf(server.anyone.royalties.adjustments.create(given))).toBe('NOT_SIGNED_IN')
})
