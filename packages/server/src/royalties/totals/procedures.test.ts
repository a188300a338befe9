import {
  type AntiphonClient,
  AntiphonError,
  createClient,
  type LabelId,
  type ListenerId,
  type TrackId,
} from '@antiphon/client'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { createDb, createPool } from '../../db/connect.ts'
import { importsOf } from '../imports/imports.fixture.ts'
import { modelNames } from '../models/models.ts'
import { findPeriod } from '../periods/store.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'
import { settlementOf } from './settlement.ts'
import { totalsIn } from './store.ts'

const server = await startTestServer()
const db = createDb(createPool({ connectionString: server.databaseUrl }, { max: 2 }))
afterAll(() => db.destroy())

const { client, token } = await accountant(server)
const make = catalogueOf(client)
const months = ['2026-09', '2026-10']

const labels: LabelId[] = []
for (let at = 0; at < 3; at++) labels.push((await make.label(`Label of ${at}`)).id)
const tracks: TrackId[] = []
for (let at = 0; at < 4; at++) tracks.push((await make.track({ externalId: `t${at}` })).id)
const listeners: ListenerId[] = []
for (let at = 0; at < 4; at++) listeners.push((await make.listener(undefined, `l${at}`)).id)

const pick = <Item>(items: readonly Item[]) => fc.constantFrom(...items)
type Step = (by: AntiphonClient) => Promise<unknown>

const month = pick(months)
const heard = fc.record({
  ...{ listenerId: pick(listeners), trackId: pick(tracks) },
  ...{ playedOn: month.map((one) => `${one}-05`), seconds: fc.integer({ min: 0, max: 600 }) },
})
const line = fc.record({
  day: month.map((one) => `${one}-07`),
  listener: fc.nat(4),
  track: fc.nat(5),
  seconds: fc.nat(600),
})
const fee = fc.record({
  ...{ period: month, grossMinor: fc.bigInt(0n, 2_000n), currency: fc.constant('EUR') },
  origin: pick(['web', 'app_store']),
})

/** One of the streams there are: it is looked for when its turn comes. */
async function someStream(period: string, at: number) {
  const { items } = await client.royalties.streams.list({ period })
  return items[at % Math.max(1, items.length)]
}

const step: fc.Arbitrary<Step> = fc.oneof(
  heard.map(
    (one): Step =>
      ({ royalties }) =>
        royalties.streams.create(one),
  ),
  heard.map(
    (one): Step =>
      ({ royalties }) =>
        royalties.streams.create(one),
  ),
  fc.record({ period: month, at: fc.nat(20), seconds: fc.nat(600), trackId: pick(tracks) }).map(
    ({ period, at, seconds, trackId }): Step =>
      async ({ royalties }) => {
        const found = await someStream(period, at)
        if (found !== undefined) await royalties.streams.update({ streamId: found.id, seconds, trackId })
      },
  ),
  fc.record({ period: month, at: fc.nat(20) }).map(
    ({ period, at }): Step =>
      async ({ royalties }) => {
        const found = await someStream(period, at)
        if (found !== undefined) await royalties.streams.remove({ streamId: found.id })
      },
  ),
  fc.record({ listenerId: pick(listeners), fee }).map(
    (given): Step =>
      ({ royalties }) =>
        royalties.listeners.update(given),
  ),
  fc
    .record({
      ...{ trackId: pick(tracks), from: month },
      shares: fc.uniqueArray(fc.record({ labelId: pick(labels), sharePpm: pick([1, 250_000, 333_333]) }), {
        selector: ({ labelId }) => labelId,
      }),
    })
    .map(
      (given): Step =>
        ({ royalties }) =>
          royalties.rights.set(given),
    ),
  fc.record({ from: month, name: pick(['web', 'app_store']), countsPpm: fc.nat(1_000_000) }).map(
    (given): Step =>
      ({ royalties }) =>
        royalties.origins.set(given),
  ),
  fc.record({ from: month, feeRounding: pick(['none', 'perListener'] as const), minimumSeconds: fc.nat(60) }).map(
    (given): Step =>
      ({ royalties }) =>
        royalties.policies.set(given),
  ),
  fc.array(line, { minLength: 1, maxLength: 10 }).map(
    (lines): Step =>
      (by) => {
        const rows = lines.map(({ day, listener, track, seconds }) => `${day},l${listener},t${track},${seconds}`)
        return importsOf(by).run({ kind: 'streams' }, ['date,user_id,track_id,seconds', ...rows].join('\n'))
      },
  ),
  fc.record({ track: fc.nat(5), label: fc.nat(4) }).map(
    ({ track, label }): Step =>
      (by) =>
        importsOf(by).run({ kind: 'tracks' }, `track_id,track name,label\nt${track},Song,Label of ${label}`),
  ),
  fc.record({ listener: fc.nat(4), period: month, cents: fc.nat(2_000) }).map(
    ({ listener, period, cents }): Step =>
      (by) =>
        importsOf(by).run(
          { kind: 'listeners', period, currency: 'EUR' },
          `user_id,fee,origin\nl${listener},${cents / 100},web`,
        ),
  ),
)

async function kept(period: string) {
  const known = await findPeriod(db, period)
  const totals = (await totalsIn(db, period)).map(({ model, payee, ...sum }) => [`${model} ${payee}`, sum] as const)
  return { pool: known?.poolMicro ?? 0n, listeners: known?.listeners ?? 0, totals: Object.fromEntries(totals) }
}

async function anew(period: string) {
  const totals: Record<string, unknown> = {}
  let [pool, paying] = [0n, 0]
  for (const model of modelNames) {
    const { payees, poolMicro, listeners } = await settlementOf(db, { period, model })
    for (const [payee, sum] of payees) totals[`${model} ${payee}`] = sum
    ;[pool, paying] = [poolMicro, listeners]
  }
  return { pool, listeners: paying, totals }
}

/** Each has a client of its own: what one client sends at once is done in turn. */
const clients = Array.from({ length: 4 }, () => createClient({ url: server.url, token }))

/** A step may be refused, but not fail. */
const attempt = (each: Step, at: number) =>
  each(clients[at] ?? client).catch((error: unknown) => {
    if (!(error instanceof AntiphonError) || error.status >= 500) throw error
  })

test('whatever is called, in turn or at once, totals are what the facts come to', { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
      async (turns) => {
        for (const atOnce of turns) await Promise.all(atOnce.map(attempt))
        for (const period of months) expect(await kept(period)).toEqual(await anew(period))
      },
    ),
    { numRuns: 5, endOnFailure: true },
  )
})
