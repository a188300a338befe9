import type { ListenerId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { accountant, catalogueOf, shut, totalsOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { anyone, signUp } = server
const keeper = await accountant(server)
const { listeners } = keeper.client.royalties
const make = catalogueOf(keeper.client)
const missing: ListenerId = newId('listener')
const fee = { period: '2026-10', grossMinor: 799n, currency: 'EUR', origin: 'app_store', plan: 'monthly' }

describe('create', () => {
  test('makes a listener, with a fee where there is one, once per key', async () => {
    const input = { externalId: '7699007', fee: { ...fee, currency: 'eur' }, idempotencyKey: 'the very same' }
    const made = await listeners.create(input)
    expect(made).toEqual({
      ...{ id: made.id, externalId: '7699007', userId: null },
      fees: [{ ...fee, booked: '2026-10' }],
      ...{ createdAt: expect.any(Date), modifiedAt: expect.any(Date) },
    })
    expect(await listeners.create(input)).toEqual(made)
    expect(await codeOf(listeners.create({ externalId: '7699007' }))).toBe('EXTERNAL_ID_TAKEN')
    // 70 % of 7.99, to millionths of a cent.
    expect(await totalsOf(server, '2026-10')).toMatchObject({ poolMicro: 559_300_000n, listeners: 1 })
  })

  test('refuses what is no listener, and keeps nothing of it', async () => {
    const refused = (input: object) => codeOf(listeners.create({ externalId: 'refused', ...input }))
    expect(await refused({ externalId: '' })).toBe('INVALID_INPUT')
    expect(await refused({ fee: { ...fee, grossMinor: -1n } })).toBe('INVALID_INPUT')
    expect(await refused({ fee: { ...fee, grossMinor: 1_000_000_001n } })).toBe('INVALID_INPUT')
    expect(await refused({ fee: { ...fee, currency: 'euros' } })).toBe('INVALID_INPUT')
    expect(await refused({ fee: { ...fee, currency: 'USD' } })).toBe('CURRENCY_MIXED')
    expect(await refused({ fee: { ...fee, origin: 'nowhere' } })).toBe('UNKNOWN_ORIGIN')
    expect(await refused({ userId: newId('user') })).toBe('NOT_FOUND')
    expect(await codeOf(listeners.get({ externalId: 'refused' }))).toBe('NOT_FOUND')
  })
})

describe('update', () => {
  test('says which user a listener is: each user is one at most', async () => {
    const [one, other] = [await make.listener(), await make.listener()]
    const { user } = await signUp()
    const linked = await listeners.update({ listenerId: one.id, userId: user.id })
    expect(linked).toEqual({ ...one, userId: user.id, modifiedAt: expect.any(Date) })
    expect(await codeOf(listeners.update({ listenerId: other.id, userId: user.id }))).toBe('LISTENER_LINKED')
    expect(await codeOf(listeners.create({ externalId: 'third', userId: user.id }))).toBe('LISTENER_LINKED')
    expect((await listeners.list({ userId: user.id })).items.map(({ id }) => id)).toEqual([one.id])
    expect((await listeners.update({ listenerId: one.id, userId: null })).userId).toBeNull()
    expect((await listeners.update({ listenerId: other.id, userId: user.id })).userId).toBe(user.id)
    expect(await codeOf(listeners.update({ listenerId: one.id, userId: newId('user') }))).toBe('NOT_FOUND')
    expect(await codeOf(listeners.update({ listenerId: missing, userId: null }))).toBe('NOT_FOUND')
  })

  test('changes the fee of a period, which is in its pool at once', async () => {
    const [one, other] = [
      await make.listener({ period: '2026-11', grossMinor: 1_000n }),
      await make.listener({ period: '2026-11', grossMinor: 500n }),
    ]
    expect(await totalsOf(server, '2026-11')).toMatchObject({ poolMicro: 1_350_000_000n, listeners: 2 })
    const changed = await listeners.update({
      listenerId: one.id,
      fee: { ...fee, period: '2026-11', grossMinor: 2_000n, origin: 'web' },
    })
    expect(changed.fees).toMatchObject([{ period: '2026-11', grossMinor: 2_000n, plan: 'monthly' }])
    expect(await totalsOf(server, '2026-11')).toMatchObject({ poolMicro: 2_250_000_000n, listeners: 2 })
    await listeners.update({ listenerId: other.id, fee: { ...fee, period: '2026-11', grossMinor: 0n } })
    expect(await totalsOf(server, '2026-11')).toMatchObject({ poolMicro: 1_800_000_000n, listeners: 2 })
  })

  test('the only fee of all may change the currency, further ones may not; of first ones at once one decides', async () => {
    const { client } = await accountant(await startTestServer())
    const { listeners } = client.royalties
    const make = catalogueOf(client)
    const one = await make.listener({ period: '2026-09', grossMinor: 1n, currency: 'USD' })
    await listeners.update({ listenerId: one.id, fee: { ...fee, period: '2026-09', currency: 'GBP' } })
    const currencies = ['EUR', 'USD', 'GBP', 'SEK']
    const answers = await Promise.all(
      currencies.map((currency, at) =>
        listeners.create.safe({ externalId: `at-once-${at}`, fee: { ...fee, period: `2026-0${at + 1}`, currency } }),
      ),
    )
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    for (const answer of answers) if (!answer.ok) expect(answer.error.code).toBe('CURRENCY_MIXED')
    const other = { listenerId: one.id, fee: { ...fee, period: '2026-09', currency: 'USD' } }
    expect(await codeOf(listeners.update(other))).toBe('CURRENCY_MIXED')
  })
})

describe('get and list', () => {
  test('show any to who keeps the accounts, and to others who they are themselves', async () => {
    const [{ client, user }, stranger] = [await signUp(), await signUp()]
    const own = await listeners.create({ externalId: 'linked', userId: user.id, fee })
    expect(await listeners.get({ listenerId: own.id })).toEqual(own)
    expect(await listeners.get({ externalId: 'linked' })).toEqual(own)
    expect(await client.royalties.listeners.get({ listenerId: own.id })).toEqual(own)
    const { fees: _, ...listed } = own
    expect((await client.royalties.listeners.list()).items).toEqual([listed])
    expect((await client.royalties.listeners.list({ userId: stranger.user.id })).items).toEqual([])
    expect((await stranger.client.royalties.listeners.list()).items).toEqual([])
    for (const listenerId of [own.id, missing])
      expect(await codeOf(stranger.client.royalties.listeners.get({ listenerId }))).toBe('NOT_FOUND')
    for (const externalId of ['linked', 'none'])
      expect(await codeOf(stranger.client.royalties.listeners.get({ externalId }))).toBe('NOT_FOUND')
    expect(await codeOf(listeners.get({ listenerId: missing }))).toBe('NOT_FOUND')
    for (const { royalties } of [client, stranger.client]) {
      expect(await codeOf(royalties.listeners.create({ externalId: 'x' }))).toBe('NOT_ALLOWED')
      expect(await codeOf(royalties.listeners.update({ listenerId: own.id, userId: null }))).toBe('NOT_ALLOWED')
    }
    const { listeners: strange } = anyone.royalties
    expect(await codeOf(strange.list())).toBe('NOT_SIGNED_IN')
    expect(await codeOf(strange.get({ listenerId: own.id }))).toBe('NOT_SIGNED_IN')
    expect(await codeOf(strange.create({ externalId: 'x' }))).toBe('NOT_SIGNED_IN')
    expect(await codeOf(strange.update({ listenerId: own.id, userId: null }))).toBe('NOT_SIGNED_IN')
  })

  test('the fees of the latest 24 periods, the latest first', async () => {
    const { id: listenerId } = await make.listener()
    const { id } = await make.listener()
    await server.query(
      `insert into royalty_periods (id, currency) select to_char(date '2020-01-01' + n * interval '1 month', 'YYYY-MM'), 'EUR' from generate_series(0, 29) n`,
    )
    await server.query(
      `insert into listener_fees (period, booked, listener_key, gross_minor, origin) select p.id, p.id, l.key, 1, 'web'
       from royalty_periods p, listeners l where p.id between '2020-01' and '2022-06' and l.id = any ($1)`,
      [[listenerId, id]],
    )
    const { fees = [] } = await listeners.get({ listenerId })
    expect(fees).toHaveLength(24)
    expect([fees[0]?.period, fees[23]?.period]).toEqual(['2022-06', '2020-07'])
  })

  test('page through all in the order in which they came', async () => {
    const all = await collect(listeners.list.all())
    expect(await collect(listeners.list.all({ limit: 3 }))).toEqual(all)
    expect((await listeners.list({ externalId: '7699007' })).items).toHaveLength(1)
    expect(await codeOf(listeners.list({ cursor: 'nonsense' }))).toBe('BAD_CURSOR')
  })
})

// Last: what is shut stays shut.
test.each([
  ['closed', 'PERIOD_CLOSED'],
  ['frozen', 'PERIOD_FROZEN'],
] as const)('the fees of a %s period stay', async (state, code) => {
  const period = state === 'closed' ? '2019-03' : '2019-04'
  const known = await make.listener({ period, grossMinor: 1n })
  await shut(server, period, state)
  expect(await codeOf(listeners.update({ listenerId: known.id, fee: { ...fee, period } }))).toBe(code)
  expect(await codeOf(listeners.create({ externalId: `in-${period}`, fee: { ...fee, period } }))).toBe(code)
  if (state === 'closed') expect(await codeOf(make.listener({ period: '2019-02', grossMinor: 1n }))).toBe(code)
  expect((await listeners.get({ listenerId: known.id })).fees).toEqual(known.fees)
})
