import { describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { encodeCursor } from '../../page.ts'
import { accountant, catalogueOf, shut, totalsOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { anyone, signUp } = server
const keeper = await accountant(server)
const { origins, policies } = keeper.client.royalties
const make = catalogueOf(keeper.client)
const seeded = {
  ...{ version: 1, from: '0001-01', feeRounding: 'none', minimumSeconds: 30, minimumPayoutMinor: 0n },
  ...{ suspiciousSeconds: 86_400, createdAt: expect.any(Date) },
}

describe('origins', () => {
  test('there are two from the beginning', async () => {
    expect((await origins.list()).items).toEqual([
      { name: 'app_store', from: '0001-01', countsPpm: 700_000 },
      { name: 'web', from: '0001-01', countsPpm: 900_000 },
    ])
  })

  test('say which part of a fee counts from a period on, and its pool follows', async () => {
    await make.listener({ period: '2026-09', grossMinor: 100n, origin: 'web' })
    const { id } = await make.listener({ period: '2026-10', grossMinor: 100n, origin: 'web' })
    await make.listener({ period: '2026-10', grossMinor: 100n, origin: 'app_store' })
    expect((await totalsOf(server, '2026-10')).poolMicro).toBe(160_000_000n)
    const set = { name: 'web', from: '2026-10', countsPpm: 1_000_000 }
    expect(await origins.set(set)).toEqual(set)
    expect((await totalsOf(server, '2026-10')).poolMicro).toBe(170_000_000n)
    expect((await totalsOf(server, '2026-09')).poolMicro).toBe(90_000_000n)
    await origins.set({ ...set, countsPpm: 0 })
    expect((await totalsOf(server, '2026-10')).poolMicro).toBe(70_000_000n)

    const fee = { period: '2026-10', grossMinor: 100n, currency: 'EUR', origin: 'carrier' }
    const paid = () => keeper.client.royalties.listeners.update({ listenerId: id, fee })
    expect(await codeOf(paid())).toBe('UNKNOWN_ORIGIN')
    expect(await origins.set({ name: 'carrier', from: '2026-11', countsPpm: 500_000 })).toMatchObject({
      from: '2026-11',
    })
    expect(await codeOf(paid())).toBe('UNKNOWN_ORIGIN')
    expect(await origins.set({ name: 'carrier', countsPpm: 500_000 })).toMatchObject({ from: '0001-01' })
    await paid()
    expect((await totalsOf(server, '2026-10')).poolMicro).toBe(120_000_000n)
  })

  test('are listed by name and period, page by page', async () => {
    const all = await collect(origins.list.all())
    expect(all.map(({ name, from }) => [name, from])).toEqual([
      ...[
        ['app_store', '0001-01'],
        ['carrier', '0001-01'],
        ['carrier', '2026-11'],
      ],
      ...[
        ['web', '0001-01'],
        ['web', '2026-10'],
      ],
    ])
    expect(await collect(origins.list.all({ limit: 1 }))).toEqual(all)
    expect(await codeOf(origins.list({ cursor: 'nonsense' }))).toBe('BAD_CURSOR')
    expect(await codeOf(origins.list({ cursor: encodeCursor(['a\0b', '2026-01']) }))).toBe('BAD_CURSOR')
  })

  test('refuse what is no part', async () => {
    for (const countsPpm of [-1, 0.5, 1_000_001])
      expect(await codeOf(origins.set({ name: 'web', countsPpm }))).toBe('INVALID_INPUT')
    expect(await codeOf(origins.set({ name: ' ', countsPpm: 1 }))).toBe('INVALID_INPUT')
    expect(await codeOf(origins.set({ name: 'web', from: '2026-00', countsPpm: 1 }))).toBe('INVALID_INPUT')
  })
})

describe('policies', () => {
  test('there is one from the beginning', async () => {
    expect((await policies.list()).items).toEqual([seeded])
  })

  test('have a version for each change; what is left out stays', async () => {
    const rounded = await policies.set({ from: '2025-11', feeRounding: 'perListener' })
    expect(rounded).toEqual({ ...seeded, version: 2, from: '2025-11', feeRounding: 'perListener' })
    const longer = await policies.set({ from: '2025-11', minimumSeconds: 60, minimumPayoutMinor: 5_000n })
    const createdAt = expect.any(Date)
    expect(longer).toEqual({ ...rounded, version: 3, minimumSeconds: 60, minimumPayoutMinor: 5_000n, createdAt })
    const later = await policies.set({ from: '2025-12', suspiciousSeconds: 1 })
    expect(later).toEqual({ ...longer, version: 4, from: '2025-12', suspiciousSeconds: 1, createdAt })
    const all = await collect(policies.list.all({ limit: 1 }))
    expect(all).toEqual([later, longer, seeded])
    expect(await codeOf(policies.list({ cursor: 'nonsense' }))).toBe('BAD_CURSOR')
  })

  test('what open periods come to follows: fees rounded per listener, streams of a minimum length', async () => {
    const [track, listener] = [
      await make.track(),
      await make.listener({ period: '2026-01', grossMinor: 799n, origin: 'app_store' }),
    ]
    const heard = { listenerId: listener.id, trackId: track.id, playedOn: '2026-01-01' }
    await make.stream({ ...heard, seconds: 30 })
    await make.stream({ ...heard, seconds: 90 })
    const counted = () =>
      server.query<{ streams: string }>(
        `select streams from royalty_totals where period = '2026-01' and model = 'pro-rata-streams'`,
      )
    // 70 % of 7.99 are 5.593; rounded, 5.59.
    expect((await totalsOf(server, '2026-01')).poolMicro).toBe(559_000_000n)
    expect(await counted()).toEqual([{ streams: '1' }])
    await policies.set({ from: '2026-01', feeRounding: 'none', minimumSeconds: 30 })
    expect((await totalsOf(server, '2026-01')).poolMicro).toBe(559_300_000n)
    expect(await counted()).toEqual([{ streams: '2' }])
  })

  test('refuse what no rule can be', async () => {
    const wrong = [
      { minimumSeconds: -1 },
      { minimumSeconds: 86_401 },
      { suspiciousSeconds: 0 },
      { minimumPayoutMinor: -1n },
    ]
    for (const fields of wrong) expect(await codeOf(policies.set(fields))).toBe('INVALID_INPUT')
  })
})

test('terms are for who keeps the accounts', async () => {
  const { client } = await signUp()
  for (const [of, code] of [
    [client, 'NOT_ALLOWED'],
    [anyone, 'NOT_SIGNED_IN'],
  ] as const) {
    const { origins, policies } = of.royalties
    expect(await codeOf(origins.set({ name: 'web', countsPpm: 0 }))).toBe(code)
    expect(await codeOf(origins.list())).toBe(code)
    expect(await codeOf(policies.set({ minimumSeconds: 0 }))).toBe(code)
    expect(await codeOf(policies.list())).toBe(code)
  }
})

// Last: what is shut stays shut.
test('periods that are shut keep their terms; without a period they are from the next on', async () => {
  await shut(server, '2026-08', 'closed')
  expect(await codeOf(origins.set({ name: 'web', from: '2026-08', countsPpm: 0 }))).toBe('PERIOD_CLOSED')
  expect(await codeOf(policies.set({ from: '0001-01', minimumSeconds: 0 }))).toBe('PERIOD_CLOSED')
  await shut(server, '2026-09', 'frozen')
  expect(await codeOf(origins.set({ name: 'web', from: '2026-09', countsPpm: 0 }))).toBe('PERIOD_FROZEN')
  expect(await codeOf(policies.set({ from: '2026-09', minimumSeconds: 0 }))).toBe('PERIOD_FROZEN')
  expect((await origins.set({ name: 'web', countsPpm: 900_000 })).from).toBe('2026-10')
  expect((await policies.set({ minimumSeconds: 10 })).from).toBe('2026-10')
})
