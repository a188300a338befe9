import type { Person } from '../../../test/server.ts'
import { monthAfter } from '../../royalties/periods/month.ts'
import { catalogueOf } from '../../royalties/royalties.fixture.ts'

type Deed = () => Promise<{ by: string; target: string; details?: object }>

let period = '2001-01'

/** What somebody who keeps the accounts does to settle them. */
export function deedsInRuns({ client, user }: Person): Record<string, Deed> {
  const by = user.id
  const { royalties } = client
  const make = catalogueOf(client)
  const model = 'pro-rata-seconds'

  /** A month of its own in which a label earns something. */
  async function month() {
    period = monthAfter(period)
    const { id: labelId } = await make.label()
    const track = await make.track({ labelId })
    const listener = await make.listener({ period, grossMinor: 1_000n })
    await make.stream({ playedOn: `${period}-01`, listenerId: listener.id, trackId: track.id, seconds: 60 })
    return { period, labelId, trackId: track.id }
  }

  /** Closed as far as it can be: months before it may be open. */
  async function closed() {
    const made = await month()
    for (const { period: before, state } of (await royalties.periods.list({ limit: 200 })).items.reverse()) {
      if (state === 'closed' || before > made.period) continue
      if (state === 'open') await royalties.runs.create({ period: before, model })
      await royalties.periods.close({ period: before })
    }
    return made
  }

  return {
    'royalties.runs.create': async () => {
      const made = await month()
      const { id } = await royalties.runs.create({ period: made.period, model })
      return { by, target: id, details: { period: made.period, model } }
    },
    'royalties.runs.reverse': async () => {
      const made = await month()
      const { id: runId } = await royalties.runs.create({ period: made.period, model })
      await royalties.runs.reverse({ runId, reason: 'A try' })
      return { by, target: runId }
    },
    'royalties.adjustments.create': async () => {
      const { labelId } = await month()
      const { id } = await royalties.adjustments.create({ labelId, amountMinor: -5n, reason: 'A fee' })
      return { by, target: id, details: { labelId, amountMinor: '-5' } }
    },
    'royalties.suspense.resolve': async () => {
      const { labelId, trackId } = await month()
      await royalties.suspense.resolve({ trackId, shares: [{ labelId, sharePpm: 1 }] })
      return { by, target: trackId }
    },
    'royalties.periods.close': async () => ({ by, target: (await closed()).period }),
    'royalties.statements.markPaid': async () => {
      const made = await closed()
      const of = { period: made.period, labelId: made.labelId }
      const { payment } = await royalties.statements.markPaid({ ...of, reference: 'Transfer 1' })
      return { by, target: made.labelId, details: { period: made.period, paymentId: payment?.id } }
    },
  }
}
