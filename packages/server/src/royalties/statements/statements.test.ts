import { describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
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

  test('is paid once, also of two at once; what is paid on one is not due on a later one', async () => {
    const pay = (period: string) => royalties.statements.markPaid.safe({ ...of(period), reference: 'Transfer 1' })
    const paidAt = new Date('2026-03-05T10:00Z')
    const [one, two] = await Promise.all([pay(january), pay(january)])
    expect([one, two].flatMap((tried) => (tried.ok ? [] : [tried.error.code]))).toEqual(['STATEMENT_PAID'])
    expect(await royalties.statements.get(of(january))).toMatchObject({
      ...{ dueMinor: 0n, payableMinor: 600n, payments: [] },
      payment: { amountMinor: 600n, bookedIn: march, period: january, reference: 'Transfer 1' },
    })
    expect(await royalties.statements.get(of(february))).toMatchObject({ payableMinor: 1_500n, dueMinor: 900n })
    const paid = { ...of(february), reference: 'Transfer 2', paidAt, idempotencyKey: 'pay' }
    const answer = await royalties.statements.markPaid(paid)
    expect(answer).toMatchObject({ dueMinor: 0n, payment: { amountMinor: 900n, paidAt } })
    expect(await royalties.statements.markPaid(paid)).toEqual(answer)
    expect(await codeOf(royalties.statements.markPaid({ ...paid, idempotencyKey: 'again' }))).toBe('STATEMENT_PAID')
    await month(march, [0, 0, 60])
    expect(await royalties.statements.get(of(march))).toMatchObject({
      ...{ openingMinor: 1_500n, earningsMinor: 0n, paymentsMinor: 1_500n, closingMinor: 0n, payableMinor: 0n },
      payments: [{ amountMinor: 600n }, { amountMinor: 900n }],
    })
    expect(await codeOf(royalties.statements.markPaid({ ...of(march), reference: 'x' }))).toBe('NOTHING_PAYABLE')
    // All that was owed to the other was never paid: the latest statement has it, and paying that settles those before.
    const theirs = { period: march, labelId: foreign.id, reference: 'All' }
    expect((await royalties.statements.markPaid(theirs)).payment?.amountMinor).toBe(1_200n)
    expect(await codeOf(royalties.statements.markPaid({ ...theirs, period: january }))).toBe('STATEMENT_PAID')
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
  const theirs = stranger.client.royalties.statements
  expect(await codeOf(theirs.get(of(january)))).toBe('NOT_FOUND')
  expect(await codeOf(theirs.list({ labelId: label.id }))).toBe('NOT_FOUND')
  expect(await codeOf(theirs.list())).toBe('NOT_ALLOWED')
  const own = member.client.royalties.statements
  expect(await codeOf(own.markPaid(payment))).toBe('NOT_ALLOWED')
  expect(await codeOf(own.export({ period: january, labelId: foreign.id }))).toBe('NOT_FOUND')
  expect(await codeOf(server.anyone.royalties.statements.list())).toBe('NOT_SIGNED_IN')
})
