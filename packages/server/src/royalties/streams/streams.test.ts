import { describe, expect, test } from 'vitest'
import { codeOf, collect, startTestServer } from '../../../test/server.ts'
import { newId } from '../../ids.ts'
import { accountant, catalogueOf, shut, totalsOf } from '../royalties.fixture.ts'

const server = await startTestServer()
const { anyone, signUp, query } = server
const keeper = await accountant(server)
const { streams, tracks } = keeper.client.royalties
const make = catalogueOf(keeper.client)
const [ann, bob] = [await make.label('Ann'), await make.label('Bob')]
const [annes, bobs, bare] = [
  await make.track({ labelId: ann.id }),
  await make.track({ labelId: bob.id }),
  await make.track(),
]
const [listener, other] = [await make.listener(), await make.listener()]
const heard = { listenerId: listener.id, trackId: annes.id, seconds: 100 }

describe('create', () => {
  test('enters a stream, once per key, and counts it', async () => {
    const input = {
      ...heard,
      playedOn: '2025-01-31',
      region: 'nl',
      idempotencyKey: 'the very same',
      reason: 'By phone',
    }
    const made = await streams.create(input)
    expect(made).toEqual({
      ...{ id: made.id, period: '2025-01', booked: '2025-01', playedOn: '2025-01-31', seconds: 100, region: 'NL' },
      ...{ listenerId: listener.id, trackId: annes.id, flagged: false, importId: null, line: null },
    })
    expect(await streams.create(input)).toEqual(made)
    expect((await totalsOf(server, '2025-01')).payees).toEqual({ [ann.id]: [100, 1] })
    const { trackId: _, ...rest } = { ...heard, playedOn: '2025-01-01' }
    await streams.create({ ...rest, trackExternalId: bare.externalId })
    expect((await totalsOf(server, '2025-01')).payees).toEqual({ [ann.id]: [100, 1], unassigned: [100, 1] })
    const { id: _id, ...after } = made
    const { period: __, booked: ___, importId: ____, line: _____, ...facts } = after
    expect(await streams.get({ streamId: made.id })).toEqual({
      ...{ ...made, removed: false },
      changes: [
        {
          kind: 'created',
          before: null,
          after: facts,
          reason: 'By phone',
          changedBy: keeper.user.id,
          changedAt: expect.any(Date),
        },
      ],
    })
  })

  test('flags more seconds than a day has, and counts them all the same', async () => {
    const made = await streams.create({ ...heard, playedOn: '2025-02-01', seconds: 86_401 })
    expect(made.flagged).toBe(true)
    expect((await streams.create({ ...heard, playedOn: '2025-02-01', seconds: 86_400 })).flagged).toBe(false)
    expect((await totalsOf(server, '2025-02')).payees).toEqual({ [ann.id]: [172_801, 2] })
  })

  test.each([
    ['a day that is none', { playedOn: '2025-02-29' }, 'INVALID_INPUT'],
    ['a day to come', { playedOn: new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10) }, 'INVALID_INPUT'],
    ['no day', { playedOn: 'yesterday' }, 'INVALID_INPUT'],
    ['negative seconds', { seconds: -1 }, 'INVALID_INPUT'],
    ['parts of seconds', { seconds: 1.5 }, 'INVALID_INPUT'],
    ['more seconds than a month has', { seconds: 2_678_401 }, 'INVALID_INPUT'],
    ['a region that is no code', { region: 'N L' }, 'INVALID_INPUT'],
    ['a long region', { region: 'NETHERLANDS' }, 'INVALID_INPUT'],
    ['two tracks', { trackExternalId: 'x' }, 'INVALID_INPUT'],
    ['an unknown track', { trackId: newId('track') }, 'UNKNOWN_TRACK'],
    ['an unknown listener', { listenerId: newId('listener') }, 'UNKNOWN_LISTENER'],
  ])('refuses %s', async (_what, wrong, code) => {
    expect(await codeOf(streams.create({ ...heard, playedOn: '2025-03-01', ...wrong }))).toBe(code)
    expect((await streams.list({ period: '2025-03' })).items).toEqual([])
  })

  test('refuses a stream of no track', async () => {
    const { trackId: _, ...rest } = heard
    expect(await codeOf(streams.create({ ...rest, playedOn: '2025-03-01' }))).toBe('INVALID_INPUT')
    expect(await codeOf(streams.create({ ...rest, playedOn: '2025-03-01', trackExternalId: 'none' }))).toBe(
      'UNKNOWN_TRACK',
    )
  })
})

describe('update and remove', () => {
  test('change what totals count, and keep what was there before', async () => {
    const made = await streams.create({ ...heard, playedOn: '2025-04-01' })
    const streamId = made.id
    const changed = await streams.update({ streamId, seconds: 40, trackId: bobs.id, reason: 'Wrong track' })
    expect(changed).toEqual({ ...made, seconds: 40, trackId: bobs.id })
    expect((await totalsOf(server, '2025-04')).payees).toEqual({ [bob.id]: [40, 1] })
    // The same again is no change.
    expect(await streams.update({ streamId, seconds: 40, trackId: bobs.id, reason: 'Wrong track' })).toEqual(changed)
    const { trackExternalId, ...moved } = { trackExternalId: bare.externalId, playedOn: '2025-04-30', region: 'be' }
    expect(await streams.update({ streamId, trackExternalId, ...moved, seconds: 90_000 })).toEqual({
      ...{ ...changed, playedOn: '2025-04-30', region: 'BE', seconds: 90_000, trackId: bare.id, flagged: true },
    })
    expect((await totalsOf(server, '2025-04')).payees).toEqual({ unassigned: [90_000, 1] })
    await streams.remove({ streamId, reason: 'Never happened' })
    expect((await totalsOf(server, '2025-04')).payees).toEqual({})
    const { changes, ...last } = await streams.get({ streamId })
    expect(last).toMatchObject({ id: streamId, removed: true, period: '2025-04', seconds: 90_000, trackId: bare.id })
    expect(changes.map(({ kind, reason }) => [kind, reason])).toEqual([
      ...[
        ['removed', 'Never happened'],
        ['updated', ''],
        ['updated', 'Wrong track'],
        ['created', ''],
      ],
    ])
    expect(changes.map(({ before }) => before?.seconds)).toEqual([90_000, 40, 100, undefined])
    expect(changes.map(({ after }) => after?.seconds)).toEqual([undefined, 90_000, 40, 100])
    expect(await codeOf(streams.remove({ streamId }))).toBe('NOT_FOUND')
    expect(await codeOf(streams.update({ streamId, seconds: 1 }))).toBe('NOT_FOUND')
  })

  test('stay within the month, and refuse what is no stream', async () => {
    const { id: streamId } = await streams.create({ ...heard, playedOn: '2025-05-01' })
    expect(await codeOf(streams.update({ streamId, playedOn: '2025-06-01' }))).toBe('INVALID_INPUT')
    expect(await codeOf(streams.update({ streamId, seconds: -1 }))).toBe('INVALID_INPUT')
    expect(await codeOf(streams.update({ streamId, trackId: newId('track') }))).toBe('UNKNOWN_TRACK')
    expect(await codeOf(streams.get({ streamId: 9_999_999n }))).toBe('NOT_FOUND')
    expect(await codeOf(streams.remove({ streamId: 9_999_999n }))).toBe('NOT_FOUND')
    expect(await codeOf(streams.get({ streamId: 0n }))).toBe('INVALID_INPUT')
    expect((await streams.get({ streamId })).changes).toHaveLength(1)
  })

  test('changes at once come one after the other', async () => {
    const { id: streamId } = await streams.create({ ...heard, playedOn: '2025-07-01' })
    await Promise.all([1, 2, 3, 4].map((seconds) => streams.update({ streamId, seconds })))
    const { seconds, changes } = await streams.get({ streamId })
    expect((await totalsOf(server, '2025-07')).payees).toEqual({ [ann.id]: [seconds, 1] })
    const chain = changes.toReversed()
    expect(chain.slice(1).map(({ before }) => before?.seconds)).toEqual(
      chain.slice(0, -1).map(({ after }) => after?.seconds),
    )
  })
})

describe('list', () => {
  const period = '2025-08'
  test('filters by listener, track, import and flag, page by page', async () => {
    const day = { playedOn: `${period}-15` }
    const made = [
      await streams.create({ ...heard, ...day }),
      await streams.create({ ...heard, ...day, trackId: bobs.id, seconds: 90_000 }),
      await streams.create({ ...heard, ...day, listenerId: other.id }),
      await streams.create({ ...heard, ...day, listenerId: other.id, trackId: bobs.id }),
      await streams.create({ ...heard, ...day }),
    ]
    const [doneId, runningId] = [newId('import'), newId('import')]
    await query(
      `insert into imports (id, kind, state, file_name) values ($1, 'streams', 'done', 'a'), ($2, 'streams', 'running', 'b')`,
      [doneId, runningId],
    )
    await query(
      `insert into streams (period, booked, listener_key, track_key, played_on, seconds, import_key, line)
       select $1, $1, l.key, t.key, '2025-08-16', 7, i.key, n from listeners l, tracks t, imports i, generate_series(1, 3) n
       where l.id = $2 and t.id = $3`,
      [period, listener.id, annes.id],
    )
    const ids = async (filter: object) =>
      (await collect(streams.list.all({ period, ...filter, limit: 1 }))).map(({ id }) => Number(id - made[0]!.id))
    expect(await ids({ listenerId: other.id })).toEqual([2, 3])
    expect(await ids({ trackId: bobs.id })).toEqual([1, 3])
    expect(await ids({ flagged: true })).toEqual([1])
    expect(await ids({ listenerId: other.id, trackId: bobs.id })).toEqual([3])
    const imported = await collect(streams.list.all({ period, importId: doneId, limit: 1 }))
    expect(imported.map(({ importId, line }) => [importId, line])).toEqual([1, 2, 3].map((line) => [doneId, line]))
    // Of imports that are not done nothing is shown.
    expect((await streams.list({ period, importId: runningId })).items).toEqual([])
    const all = await collect(streams.list.all({ period, limit: 3 }))
    expect(all).toHaveLength(8)
    expect((await streams.list({ period: '2025-09' })).items).toEqual([])
    const hidden = await query<{ id: string }>(
      `select s.id from streams s join imports i on i.key = s.import_key where i.id = $1 limit 1`,
      [runningId],
    )
    expect(await codeOf(streams.get({ streamId: BigInt(hidden[0]!.id) }))).toBe('NOT_FOUND')
    expect(await codeOf(tracks.remove({ trackId: annes.id }))).toBe('IN_USE')
  })

  test('refuses what there is not', async () => {
    expect(await codeOf(streams.list({ period: 'May' }))).toBe('INVALID_INPUT')
    expect(await codeOf(streams.list({ period, listenerId: newId('listener') }))).toBe('UNKNOWN_LISTENER')
    expect(await codeOf(streams.list({ period, trackId: newId('track') }))).toBe('UNKNOWN_TRACK')
    expect(await codeOf(streams.list({ period, importId: newId('import') }))).toBe('NOT_FOUND')
    expect(await codeOf(streams.list({ period, cursor: 'nonsense' }))).toBe('BAD_CURSOR')
  })
})

test('streams are for who keeps the accounts', async () => {
  const { id: streamId } = await streams.create({ ...heard, playedOn: '2025-10-01' })
  const { client, user } = await signUp()
  await keeper.client.royalties.labels.addMember({ labelId: ann.id, userId: user.id })
  for (const [of, code] of [
    [client, 'NOT_ALLOWED'],
    [anyone, 'NOT_SIGNED_IN'],
  ] as const) {
    const { streams } = of.royalties
    expect(await codeOf(streams.create({ ...heard, playedOn: '2025-10-01' }))).toBe(code)
    expect(await codeOf(streams.get({ streamId }))).toBe(code)
    expect(await codeOf(streams.list({ period: '2025-10' }))).toBe(code)
    expect(await codeOf(streams.update({ streamId, seconds: 1 }))).toBe(code)
    expect(await codeOf(streams.remove({ streamId }))).toBe(code)
  }
})

// Last: what is shut stays shut.
describe('periods that are shut', () => {
  test('keep their streams; with `late` one is accounted in the next open period', async () => {
    const playedOn = '2025-01-15'
    const known = await streams.create({ ...heard, playedOn })
    const before = await totalsOf(server, '2025-01')
    await shut(server, '2025-01', 'frozen')
    const frozen = [
      streams.create({ ...heard, playedOn }),
      streams.create({ ...heard, playedOn, late: true }),
      streams.update({ streamId: known.id, seconds: 1 }),
      streams.remove({ streamId: known.id }),
    ]
    expect(await Promise.all(frozen.map(codeOf))).toEqual(frozen.map(() => 'PERIOD_FROZEN'))
    await shut(server, '2025-01', 'closed')
    const closed = [
      streams.create({ ...heard, playedOn }),
      streams.create({ ...heard, playedOn: '2024-12-31' }),
      // Before anything else.
      streams.create({ ...heard, playedOn, listenerId: newId('listener') }),
      streams.update({ streamId: known.id, seconds: 1 }),
      streams.remove({ streamId: known.id }),
    ]
    expect(await Promise.all(closed.map(codeOf))).toEqual(closed.map(() => 'PERIOD_CLOSED'))
    expect(await streams.get({ streamId: known.id })).toMatchObject({ seconds: 100, changes: [{ kind: 'created' }] })

    const february = await totalsOf(server, '2025-02')
    const late = await streams.create({ ...heard, playedOn, late: true })
    expect([late.period, late.booked]).toEqual(['2025-01', '2025-02'])
    const earlier = await streams.create({ ...heard, playedOn: '2024-12-31', late: true })
    expect([earlier.period, earlier.booked]).toEqual(['2024-12', '2025-02'])
    expect(await totalsOf(server, '2025-01')).toEqual(before)
    // Late facts are no part of the totals of the month they are accounted in: a run makes adjustments of them.
    expect(await totalsOf(server, '2025-02')).toEqual(february)
    expect((await streams.update({ streamId: late.id, seconds: 5 })).seconds).toBe(5)
    await streams.remove({ streamId: late.id })
    expect((await streams.list({ period: '2024-12' })).items).toEqual([earlier])
    const open = await streams.create({ ...heard, playedOn: '2025-03-01', late: true })
    expect([open.period, open.booked]).toEqual(['2025-03', '2025-03'])
  })
})
