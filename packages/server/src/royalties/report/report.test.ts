import { createClient, type ListenerId } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, type Person, startTestServer } from '../../../test/server.ts'
import { catalogueOf } from '../royalties.fixture.ts'
import { makeMonth, period } from './report.fixture.ts'

const server = await startTestServer()
const zeros = '0'.repeat(26)

const { keeper, member, ann, stranger, labels, listeners } = await makeMonth(server)

describe('the report', () => {
  test('pro-rata by seconds: 2,799 cents by 320 : 550 : 50 of 1,020 seconds, and 100 of nobody', async () => {
    // A 320/1,020 = 878.117..., B 550/1,020 = 1,509.264..., C 50/1,020 = 137.205..., nobody 100/1,020 = 274.411...
    // Down: 878 + 1,509 + 137 + 274 = 2,798; the last cent goes to the largest remainder, which is nobody's.
    expect(await keeper.client.royalties.report({ period, model: 'pro-rata-seconds' })).toEqual({
      ...{ period, model: 'pro-rata-seconds', currency: 'EUR', state: 'open', poolMinor: 2_799n },
      lines: [
        {
          ...{ labelId: labels.b, name: 'B', seconds: 600, streams: 2, listeners: 1 },
          ...{ sharePpm: 539_215, amountMinor: 1_509n },
        },
        {
          ...{ labelId: labels.a, name: 'A', seconds: 320, streams: 3, listeners: 2 },
          ...{ sharePpm: 313_725, amountMinor: 878n },
        },
        {
          ...{ labelId: labels.c, name: 'C', seconds: 100, streams: 1, listeners: 1 },
          ...{ sharePpm: 49_019, amountMinor: 137n },
        },
      ],
      suspenseMinor: 275n,
      suspense: [{ reason: 'unassigned', amountMinor: 275n, seconds: 100, streams: 1 }],
      nextCursor: null,
    })
  })

  test('pro-rata by streams: of six one is shorter than 30 seconds and does not count', async () => {
    // A 2, B 1.5, C 0.5, nobody 1, of 5: 1,119.6, 839.7, 279.9, 559.8. Down 1,119 + 839 + 279 + 559 = 2,796;
    // three cents go to .9, .8 and .7.
    const { lines, suspense } = await keeper.client.royalties.report({ period, model: 'pro-rata-streams' })
    expect(lines.map(({ name, seconds, streams, amountMinor }) => [name, seconds, streams, amountMinor])).toEqual([
      ['A', 320, 2, 1_119n],
      ['B', 600, 2, 840n],
      ['C', 100, 1, 280n],
    ])
    expect(suspense).toEqual([{ reason: 'unassigned', amountMinor: 560n, seconds: 100, streams: 1 }])
  })

  test('user-centric: each fee by itself', async () => {
    // Ann: 900 by 3 : 1, A 675 and nobody 225. Bob: 1,400 by 500 : 100 : 20 of 620 are B 1,129.032258, shared 225.806452
    // (one millionth more, by its remainder), A 45.161290. B has half of the shared one: 1,241.935484, and C 112.903226.
    // A 720.161290. The silent one: 499.5. Pool 2,799 of 2,799.5: each has 2,799/2,799.5 of that:
    // A 720.032..., B 1,241.713..., C 112.883..., nobody 224.959..., unheard 499.410...
    // Down 720 + 1,241 + 112 + 224 + 499 = 2,796; three cents go to nobody, C and B.
    const report = await keeper.client.royalties.report({ period, model: 'user-centric-seconds' })
    expect(report.lines.map(({ name, amountMinor }) => [name, amountMinor])).toEqual([
      ['B', 1_242n],
      ['A', 720n],
      ['C', 113n],
    ])
    expect(report.suspenseMinor).toBe(724n)
    expect(report.suspense).toEqual([
      { reason: 'unassigned', amountMinor: 225n, seconds: 100, streams: 1 },
      { reason: 'unheard', amountMinor: 499n, seconds: 0, streams: 0 },
    ])
  })

  test('comes in pages', async () => {
    const { royalties } = keeper.client
    const first = await royalties.report({ period, model: 'pro-rata-seconds', limit: 2 })
    expect(first.lines.map(({ name }) => name)).toEqual(['B', 'A'])
    const cursor = first.nextCursor ?? ''
    const second = await royalties.report({ period, model: 'pro-rata-seconds', limit: 2, cursor })
    expect(second.lines.map(({ name }) => name)).toEqual(['C'])
    expect(second.nextCursor).toBeNull()
    expect(second.poolMinor).toBe(2_799n)
    const bad = royalties.report({ period, model: 'pro-rata-seconds', cursor: 'x' })
    expect(await codeOf(bad)).toBe('BAD_CURSOR')
  })

  test('shows members of a label their own lines, not what others get, nor the pool', async () => {
    const report = await member.client.royalties.report({ period, model: 'pro-rata-seconds' })
    expect(report).toMatchObject({ poolMinor: null, suspenseMinor: null, suspense: [], nextCursor: null })
    expect(report.lines).toEqual([
      {
        ...{ labelId: labels.a, name: 'A', seconds: 320, streams: 3, listeners: 2 },
        ...{ sharePpm: null, amountMinor: 878n },
      },
    ])
  })

  test('is for nobody else, and only of what there is', async () => {
    const ask = (client = keeper.client, month = period) =>
      codeOf(client.royalties.report({ period: month, model: 'pro-rata-seconds' }))
    expect(await ask(stranger.client)).toBe('NOT_ALLOWED')
    expect(await ask(ann.client)).toBe('NOT_ALLOWED')
    expect(await ask(server.anyone)).toBe('NOT_SIGNED_IN')
    expect(await ask(keeper.client, '2020-01')).toBe('NOT_FOUND')
    expect(await ask(member.client, '2020-01')).toBe('NOT_FOUND')
    expect(await ask(keeper.client, '2026-13')).toBe('INVALID_INPUT')
    const model = 'of the moon' as 'pro-rata-seconds'
    expect(await codeOf(keeper.client.royalties.report({ period, model }))).toBe('INVALID_INPUT')
  })

  test('has amounts as texts in plain JSON', async () => {
    const address = `${server.url}/api/v1/royalties.report?period=${period}&model=pro-rata-seconds`
    const response = await fetch(address, { headers: { authorization: `Bearer ${keeper.token}` } })
    expect(await response.json()).toMatchObject({ poolMinor: '2799', suspenseMinor: '275' })
  })

  test('of a month that nothing was paid for has the streams all the same', async () => {
    const make = catalogueOf(keeper.client)
    const track = await make.track({ labelId: labels.c })
    const guest = await make.listener()
    await make.stream({ playedOn: '2026-08-01', listenerId: guest.id, trackId: track.id, seconds: 60 })
    for (const model of ['pro-rata-seconds', 'pro-rata-streams', 'user-centric-seconds'] as const) {
      const report = await keeper.client.royalties.report({ period: '2026-08', model })
      expect(report).toMatchObject({ currency: null, poolMinor: 0n, suspenseMinor: 0n })
      expect(report.lines).toMatchObject([{ name: 'C', seconds: 60, streams: 1, listeners: 1, amountMinor: 0n }])
    }
  })
})

describe('the comparison', () => {
  const models = ['pro-rata-seconds', 'user-centric-seconds', 'pro-rata-streams'] as const

  test('has the models side by side, ranked by the first', async () => {
    const compared = await keeper.client.royalties.compare({ period, models: [...models] })
    expect(compared.lines.map(({ name, amounts }) => [name, ...amounts.map((one) => one.amountMinor)])).toEqual([
      ['B', 1_509n, 1_242n, 840n],
      ['A', 878n, 720n, 1_119n],
      ['C', 137n, 113n, 280n],
    ])
    expect(compared.lines[1]?.amounts).toEqual([
      { model: 'pro-rata-seconds', amountMinor: 878n, differenceMinor: 0n },
      { model: 'user-centric-seconds', amountMinor: 720n, differenceMinor: -158n },
      { model: 'pro-rata-streams', amountMinor: 1_119n, differenceMinor: 241n },
    ])
    expect(compared.suspense.map((one) => one.amountMinor)).toEqual([275n, 724n, 560n])
    expect(compared.bands).toEqual([
      {
        ...{ from: 1, to: 10, payees: 3 },
        amounts: [
          { model: 'pro-rata-seconds', amountMinor: 2_524n, differenceMinor: 0n },
          { model: 'user-centric-seconds', amountMinor: 2_075n, differenceMinor: -449n },
          { model: 'pro-rata-streams', amountMinor: 2_239n, differenceMinor: -285n },
        ],
      },
    ])
    expect(compared).toMatchObject({ poolMinor: 2_799n, currency: 'EUR', state: 'open', nextCursor: null })
  })

  test('comes in pages, and needs different models', async () => {
    const { compare } = keeper.client.royalties
    const [first, second] = models
    const page = await compare({ period, models: [first, second], limit: 1 })
    expect(page.lines.map(({ name }) => name)).toEqual(['B'])
    const next = await compare({ period, models: [first, second], cursor: page.nextCursor ?? '' })
    expect(next.lines.map(({ name }) => name)).toEqual(['A', 'C'])
    expect(next.bands).toEqual(page.bands)
    expect(await codeOf(compare({ period, models: [first, first] }))).toBe('UNKNOWN_MODEL')
    expect(await codeOf(compare({ period, models: [first] }))).toBe('INVALID_INPUT')
    expect(await codeOf(compare({ period: '2020-01', models: [first, second] }))).toBe('NOT_FOUND')
    expect(await codeOf(compare({ period, models: [first, second], cursor: 'x' }))).toBe('BAD_CURSOR')
  })

  test('is for who keeps the accounts', async () => {
    const ask = (client = keeper.client) => codeOf(client.royalties.compare({ period, models: [...models] }))
    expect(await ask(member.client)).toBe('NOT_ALLOWED')
    expect(await ask(server.anyone)).toBe('NOT_SIGNED_IN')
  })
})

describe('the report of a listener', () => {
  test('shows who they are what they heard, and where their fee goes, to the millionth', async () => {
    expect(await ann.client.royalties.listeners.report({ period })).toEqual({
      ...{
        listenerId: listeners.ann,
        period,
        model: 'user-centric-seconds',
        currency: 'EUR',
        seconds: 400,
        streams: 3,
      },
      ...{ feeMinor: 1_000n, countsMicro: 900_000_000n },
      lines: [
        {
          ...{ labelId: labels.a, name: 'A', suspended: null, seconds: 300, streams: 2 },
          amountMicro: 675_000_000n,
        },
        {
          ...{ labelId: null, name: null, suspended: 'unassigned', seconds: 100, streams: 1 },
          amountMicro: 225_000_000n,
        },
      ],
      nextCursor: null,
    })
  })

  test('of somebody else is for who keeps the accounts; all lines come to what counts', async () => {
    const { lines, countsMicro } = await keeper.client.royalties.listeners.report({ period, listenerId: listeners.bob })
    expect(countsMicro).toBe(1_400_000_000n)
    expect(lines.map(({ name, seconds, amountMicro }) => [name, seconds, amountMicro])).toEqual([
      ['B', 600, 1_241_935_484n],
      ['C', 100, 112_903_226n],
      ['A', 20, 45_161_290n],
    ])
    expect(lines.reduce((sum, { amountMicro }) => sum + amountMicro, 0n)).toBe(countsMicro)
  })

  test('of who heard nothing has all of the fee suspended', async () => {
    const report = await keeper.client.royalties.listeners.report({ period, listenerId: listeners.silent })
    expect(report).toMatchObject({ seconds: 0, streams: 0, feeMinor: 555n, countsMicro: 499_500_000n })
    expect(report.lines).toMatchObject([{ labelId: null, suspended: 'unheard', amountMicro: 499_500_000n }])
  })

  test('by a pro-rata model goes where all fees go, whatever they heard', async () => {
    const report = await keeper.client.royalties.listeners.report({
      ...{ period, listenerId: listeners.silent, model: 'pro-rata-seconds' },
    })
    // 499.5 by 550 : 320 : 100 : 50 of 1,020.
    expect(report.lines.map(({ name, seconds, amountMicro }) => [name, seconds, amountMicro])).toEqual([
      ['B', 0, 269_338_235n],
      ['A', 0, 156_705_883n],
      [null, 0, 48_970_588n],
      ['C', 0, 24_485_294n],
    ])
    const asked = ann.client.royalties.listeners.report({ period, model: 'pro-rata-seconds' })
    expect(await codeOf(asked)).toBe('NOT_ALLOWED')
  })

  test('comes in pages', async () => {
    const input = { period, listenerId: listeners.bob, limit: 2 }
    const first = await keeper.client.royalties.listeners.report(input)
    const second = await keeper.client.royalties.listeners.report({ ...input, cursor: first.nextCursor ?? '' })
    expect([...first.lines, ...second.lines].map(({ name }) => name)).toEqual(['B', 'C', 'A'])
    expect(second.nextCursor).toBeNull()
  })

  test('is for nobody else: a foreign listener and a missing one answer alike', async () => {
    const ask = (person: Person, listenerId?: ListenerId) =>
      codeOf(person.client.royalties.listeners.report({ period, ...(listenerId !== undefined && { listenerId }) }))
    expect(await ask(ann, listeners.bob)).toBe('NOT_FOUND')
    expect(await ask(ann, `lsn_${zeros}`)).toBe('NOT_FOUND')
    expect(await ask(keeper, `lsn_${zeros}`)).toBe('NOT_FOUND')
    expect(await ask(stranger)).toBe('NOT_FOUND')
    expect(await codeOf(createClient({ url: server.url }).royalties.listeners.report({ period }))).toBe('NOT_SIGNED_IN')
    expect(await codeOf(ann.client.royalties.listeners.report({ period: '2020-01' }))).toBe('NOT_FOUND')
    const bad = keeper.client.royalties.listeners.report({ period, listenerId: listeners.bob, cursor: 'x' })
    expect(await codeOf(bad)).toBe('BAD_CURSOR')
  })
})
