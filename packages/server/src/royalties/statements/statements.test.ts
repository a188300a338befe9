import { describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { encodeCursor } from '../../page.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { client } = await accountant(server)
const { royalties } = client
const make = catalogueOf(client)
const [member, stranger] = [await server.signUp(), await server.signUp()]
const [label, foreign] = [await make.label('=Cmd'), await make.label('Other')]
await royalties.labels.addMember({ labelId: label.id, userId: member.user.id })
const model = 'pro-rata-seconds'
const tracks = [
  await make.track({ labelId: label.id, externalId: '@one', title: 'One, "two"' }),
  await make.track({ labelId: label.id, externalId: 'two' }),
  await make.track({ labelId: foreign.id, externalId: 'theirs' }),
]
const listener = await make.listener()

/** 9.00 for 600 seconds of the label's, or 400 where others were heard, too. */
async function month(period: string, seconds: readonly number[]) {
  const fee = { period, grossMinor: 1_000n, currency: 'EUR', origin: 'web' }
  await royalties.listeners.update({ listenerId: listener.id, fee })
  for (const [at, track] of tracks.entries()) {
    const [playedOn, heard] = [`${period}-02`, seconds[at] ?? 0]
    if (heard > 0) await make.stream({ playedOn, listenerId: listener.id, trackId: track.id, seconds: heard })
  }
  await royalties.runs.create({ period, model })
  await royalties.periods.close({ period })
}

const [january, february, march] = ['2026-01', '2026-02', '2026-03'] as const
await month(january, [100, 300, 200])
await month(february, [600])
const of = (period: string) => ({ period, labelId: label.id })

describe('a statement', () => {
  test('is listed, with its lines, for members of the label as for who keeps the accounts', async () => {
    for (const { statements } of [royalties, member.client.royalties]) {
      const listed = await collect(statements.list.all({ labelId: label.id, limit: 1 }))
      expect(listed.map(({ period, closingMinor }) => [period, closingMinor])).toEqual([
        [february, 1_500n],
        [january, 600n],
      ])
      const lines = await collect(statements.lines.all({ ...of(january), limit: 1 }))
      expect(
        lines.map(({ externalId, seconds, sharePpm, amountMinor }) => [externalId, seconds, sharePpm, amountMinor]),
      ).toEqual([
        ['two', 300, 1_000_000, 450n],
        ['@one', 100, 1_000_000, 150n],
      ])
      const { payments: _, ...found } = await statements.get(of(january))
      expect(found).toEqual(listed[1])
    }
    const all = await collect(royalties.statements.list.all({ limit: 1 }))
    expect(all.map(({ period, labelId }) => [period, labelId])).toEqual(
      [february, january].flatMap((period) => [label.id, foreign.id].sort().map((id) => [period, id])),
    )
  })

  test('is a file for spreadsheets', async () => {
    const file = await member.client.royalties.statements.export(of(january))
    expect(file).toEqual({
      ...{ fileName: `statement-2026-01-${label.id}.csv`, contentType: 'text/csv; charset=utf-8', nextCursor: null },
      text: [
        'Period,Label,Track,Title,ISRC,Seconds,Streams,Share %,Amount,Currency',
        "2026-01,'=Cmd,two,,,300,1,100.0000,4.50,EUR",
        `2026-01,'=Cmd,'@one,"One, ""two""",,100,1,100.0000,1.50,EUR`,
        '',
      ].join('\r\n'),
    })
    const { items, nextCursor } = await royalties.statements.lines({ ...of(january), limit: 1 })
    expect(items).toHaveLength(1)
    const rest = await royalties.statements.export({ ...of(january), cursor: nextCursor! })
    expect(rest.text).toMatch(/^2026-01,[^\r\n]*1\.50,EUR\r\n$/)
  })

  test('is paid once, also of two at once, for as long as it is the latest; what was paid since is not due', async () => {
    const pay = (period: string) => royalties.statements.markPaid.safe({ ...of(period), reference: 'Transfer 1' })
    const paidAt = new Date('2026-03-05T10:00Z')
    expect(await royalties.statements.get(of(january))).toMatchObject({ dueMinor: 0n, payableMinor: 600n })
    const early = await pay(january)
    expect(early.ok ? undefined : [early.error.code, early.error.message]).toEqual([
      ...['NOTHING_PAYABLE', 'Its balance went into the statement of 2026-02: pay that one.'],
    ])
    expect(await royalties.statements.get(of(february))).toMatchObject({ payableMinor: 1_500n, dueMinor: 1_500n })
    const paid = { ...of(february), reference: 'Transfer 2', paidAt, idempotencyKey: 'pay' }
    const [one, two] = await Promise.all([royalties.statements.markPaid.safe(paid), pay(february)])
    expect([one, two].flatMap((tried) => (tried.ok ? [] : [tried.error.code]))).toEqual(['STATEMENT_PAID'])
    expect(await royalties.statements.get(of(february))).toMatchObject({
      ...{ dueMinor: 0n, payableMinor: 1_500n, payments: [] },
      payment: { amountMinor: 1_500n, bookedIn: march, period: february },
    })
    await month(march, [60])
    expect(await royalties.statements.get(of(march))).toMatchObject({
      ...{ openingMinor: 1_500n, earningsMinor: 900n, paymentsMinor: 1_500n, closingMinor: 900n, payableMinor: 900n },
      ...{ dueMinor: 900n, payments: [{ amountMinor: 1_500n }] },
    })
    expect(await codeOf(royalties.statements.markPaid({ ...of(february), reference: 'x' }))).toBe('STATEMENT_PAID')
  })

  test('by the same key it is paid with the same answer', async () => {
    const paid = {
      ...of(march),
      reference: 'Transfer 3',
      paidAt: new Date('2026-04-05T10:00Z'),
      idempotencyKey: 'march',
    }
    const answer = await royalties.statements.markPaid(paid)
    expect(answer).toMatchObject({ dueMinor: 0n, payment: { amountMinor: 900n, paidAt: paid.paidAt } })
    expect(await royalties.statements.markPaid(paid)).toEqual(answer)
  })

  test('what is paid while the next month is frozen is not due on its statement; what a later one takes back is not paid', async () => {
    const [april, may] = ['2026-04', '2026-05'] as const
    const theirs = (period: string) => ({ period, labelId: foreign.id, reference: 'All' })
    await royalties.listeners.update({
      listenerId: listener.id,
      fee: { period: april, grossMinor: 1_000n, currency: 'EUR', origin: 'web' },
    })
    await make.stream({ playedOn: `${april}-02`, listenerId: listener.id, trackId: tracks[2]!.id, seconds: 5 })
    await royalties.runs.create({ period: april, model })
    expect((await royalties.statements.markPaid(theirs(march))).payment).toMatchObject({
      amountMinor: 300n,
      bookedIn: may,
    })
    await royalties.periods.close({ period: april })
    expect(await royalties.statements.get(theirs(april))).toMatchObject({ payableMinor: 1_200n, dueMinor: 900n })
    await royalties.adjustments.create({ labelId: foreign.id, amountMinor: -900n, reason: 'Costs' })
    await month(may, [60])
    expect(await royalties.statements.get(theirs(may))).toMatchObject({ closingMinor: 0n, dueMinor: 0n })
    expect(await royalties.statements.get(theirs(april))).toMatchObject({ payableMinor: 1_200n, dueMinor: 0n })
    for (const period of [april, may]) {
      expect(await codeOf(royalties.statements.markPaid(theirs(period)))).toBe('NOTHING_PAYABLE')
    }
  })
})

test('what is not there, or may not be', async () => {
  const labelId = `lbl_${'0'.repeat(26)}` as const
  const { statements } = royalties
  const payment = { ...of(january), reference: 'x' }
  for (const call of [statements.get, statements.lines, statements.export]) {
    expect(await codeOf(call({ period: january, labelId }))).toBe('NOT_FOUND')
    expect(await codeOf(call(of('1999-01')))).toBe('NOT_FOUND')
    expect(await codeOf(call(of('May')))).toBe('INVALID_INPUT')
  }
  expect(await codeOf(statements.markPaid({ ...payment, period: '1999-01' }))).toBe('NOT_FOUND')
  expect(await codeOf(statements.markPaid({ ...payment, reference: '' }))).toBe('INVALID_INPUT')
  expect(await codeOf(statements.list({ cursor: 'x' }))).toBe('BAD_CURSOR')
  expect(await codeOf(statements.lines({ ...of(january), cursor: 'x' }))).toBe('BAD_CURSOR')
  for (const wrong of [
    [1, 1],
    [String(2n ** 63n), 1],
    ['1', 2 ** 31],
    ['1', true],
  ]) {
    const call = { ...of(january), cursor: encodeCursor(wrong) }
    expect([await codeOf(statements.lines(call)), await codeOf(statements.export(call))]).toEqual([
      ...['BAD_CURSOR', 'BAD_CURSOR'],
    ])
  }
  const theirs = stranger.client.royalties.statements
  expect(await codeOf(theirs.get(of(january)))).toBe('NOT_FOUND')
  expect(await codeOf(theirs.list({ labelId: label.id }))).toBe('NOT_FOUND')
  expect(await codeOf(theirs.list())).toBe('NOT_ALLOWED')
  const own = member.client.royalties.statements
  expect(await codeOf(own.markPaid(payment))).toBe('NOT_ALLOWED')
  expect(await codeOf(own.export({ period: january, labelId: foreign.id }))).toBe('NOT_FOUND')
  expect(await codeOf(server.anyone.royalties.statements.list())).toBe('NOT_SIGNED_IN')
})
