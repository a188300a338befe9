import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { LabelId, ListenerId, TrackId } from '@antiphon/client'
import { beforeAll, describe, expect, test } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { accountant, catalogueOf } from '../royalties.fixture.ts'

/** A month of a service, as it comes from the field: it is kept beside the project, not in it. */
const folder = fileURLToPath(new URL('../../../../../../shared/data/', import.meta.url))
const isThere = existsSync(`${folder}streaming.csv`)
if (!isThere) console.log(`The month from the field is not in ${folder}: its tests are skipped.`)

const period = '2019-03'

const rowsOf = (name: string) =>
  readFileSync(`${folder}${name}`, 'utf8')
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(';'))

/** Exact fractions, another way to compute than weights. */
type Fraction = readonly [over: bigint, under: bigint]
const add = ([a, b]: Fraction, [c, d]: Fraction): Fraction => [a * d + c * b, b * d]

describe.skipIf(!isThere)('a month from the field', async () => {
  const server = isThere ? await startTestServer() : undefined
  const streams = (isThere ? rowsOf('streaming.csv') : []).map(
    ([date = '', user = '', region, track = '', seconds]) => ({
      ...{ playedOn: date.split('/').reverse().join('-'), user, region: region ?? '', track },
      seconds: Number(seconds),
    }),
  )
  const users = (isThere ? rowsOf('users.csv') : []).map(([user = '', , fee = '', origin = '']) => {
    const grossMinor = BigInt(fee.replace(',', ''))
    const tenths = origin === 'web' ? 9n : 7n
    return { user, origin, grossMinor, counts: [grossMinor * tenths, 10n] as Fraction }
  })
  const labels = new Map<string, LabelId>()
  /** Tracks are of three labels by how their ids begin; those that begin with `a` are of nobody. */
  const labelOf = (track: string) => (track.startsWith('a') ? 'unassigned' : (labels.get(nameOf(track)) ?? ''))
  const nameOf = (track: string) => (/^[0-3]/.test(track) ? 'Low' : /^[4-9]/.test(track) ? 'Middle' : 'High')

  let client: Awaited<ReturnType<typeof accountant>>['client']
  beforeAll(async () => {
    if (server === undefined) return
    client = (await accountant(server)).client
    const make = catalogueOf(client)
    for (const name of ['Low', 'Middle', 'High']) labels.set(name, (await make.label(name)).id)
    const [tracks, listeners] = [new Map<string, TrackId>(), new Map<string, ListenerId>()]
    for (const externalId of new Set(streams.map(({ track }) => track))) {
      const labelId = labels.get(nameOf(externalId))
      const owned = externalId.startsWith('a') || labelId === undefined ? {} : { labelId }
      tracks.set(externalId, (await make.track({ externalId, ...owned })).id)
    }
    for (const { user, grossMinor, origin } of users)
      listeners.set(user, (await make.listener({ period, grossMinor, origin }, user)).id)
    for (const { user, track, ...stream } of streams) {
      const [listenerId, trackId] = [listeners.get(user), tracks.get(track)]
      if (listenerId !== undefined && trackId !== undefined) await make.stream({ ...stream, listenerId, trackId })
    }
  })

  async function reported(model: 'pro-rata-seconds' | 'pro-rata-streams' | 'user-centric-seconds') {
    const { poolMinor, lines, suspense } = await client.royalties.report({ period, model })
    const amounts = new Map<string, bigint>(lines.map(({ labelId, amountMinor }) => [labelId, amountMinor]))
    for (const { reason, amountMinor } of suspense) amounts.set(reason, amountMinor)
    return { poolMinor, amounts }
  }

  /** Parts in whole units: down, then one each to the largest remainders, for as long as there is something left. */
  function rounded(pool: bigint, exact: ReadonlyMap<string, Fraction>): Map<string, bigint> {
    const parts = new Map([...exact].map(([payee, [over, under]]) => [payee, over / under]))
    const byRemainder = [...exact].sort(([, [a, b]], [, [c, d]]) => ((a % b) * d < (c % d) * b ? 1 : -1))
    for (let left = pool - [...parts.values()].reduce((sum, part) => sum + part, 0n); left > 0n; left--) {
      const [payee] = byRemainder.shift() ?? ['']
      parts.set(payee, (parts.get(payee) ?? 0n) + 1n)
    }
    return parts
  }

  /** Each fee once, however many streams its listener has: 6 x 559.3 + 5 x 719.1 + 5 x 1,349.1 + 4 x 1,049.3 cents. */
  const pool = 17_894n

  test('has 76 streams of 20 listeners, whose fees leave 178.94', async () => {
    expect([streams.length, users.length]).toEqual([76, 20])
    expect((await reported('pro-rata-seconds')).poolMinor).toBe(pool)
  })

  test.each([
    ['pro-rata-seconds', ({ seconds }: { seconds: number }) => BigInt(seconds)],
    ['pro-rata-streams', ({ seconds }: { seconds: number }) => (seconds >= 30 ? 1n : 0n)],
  ] as const)('is paid by all seconds, or all streams: %s', async (model, count) => {
    const whole = streams.reduce((sum, stream) => sum + count(stream), 0n)
    const exact = new Map<string, Fraction>()
    for (const stream of streams) {
      const payee = labelOf(stream.track)
      exact.set(payee, [(exact.get(payee)?.[0] ?? 0n) + pool * count(stream), whole])
    }
    expect((await reported(model)).amounts).toEqual(rounded(pool, exact))
  })

  test('is paid user by user', async () => {
    const exact = new Map<string, Fraction>()
    for (const { user, counts } of users) {
      const own = streams.filter((stream) => stream.user === user)
      const whole = own.reduce((sum, { seconds }) => sum + BigInt(seconds), 0n)
      for (const { track, seconds } of own) {
        const payee = labelOf(track)
        const part: Fraction = [counts[0] * BigInt(seconds), counts[1] * whole]
        exact.set(payee, add(exact.get(payee) ?? [0n, 1n], part))
      }
    }
    expect((await reported('user-centric-seconds')).amounts).toEqual(rounded(pool, exact))
  })
})
