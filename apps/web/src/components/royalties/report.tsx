import type { RoyaltyComparison, RoyaltyReport } from '@antiphon/client'
import { useCallback, useState } from 'react'
import { useLoaded } from '../../loaded.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { Act } from '../act.tsx'
import { Notice } from '../notice.tsx'
import { heard, money, percent } from './money.ts'
import { Sums } from './sums.tsx'

const words = texts.royalties
export const models = ['pro-rata-seconds', 'pro-rata-streams', 'user-centric-seconds'] as const
const suspendedNames: Readonly<Record<string, string>> = words.suspended

/** What a month comes to for each label, by one model or by all of them; members of labels see their own. */
export function Report({ period, canCompare }: { period: string; canCompare: boolean }) {
  const [shown, setShown] = useState<(typeof models)[number] | 'compare'>(models[0])
  return (
    <>
      <div className="actions">
        {models.map((one) => (
          <Act key={one} name={words.models[one]} aria-pressed={one === shown} onClick={() => setShown(one)} />
        ))}
        {canCompare && (
          <Act name={words.compare} aria-pressed={shown === 'compare'} onClick={() => setShown('compare')} />
        )}
      </div>
      {shown === 'compare' ? <Comparison period={period} /> : <ByModel key={shown} period={period} model={shown} />}
    </>
  )
}

function ByModel({ period, model }: { period: string; model: (typeof models)[number] }) {
  const { royalties } = useSession().client
  const load = useCallback(() => royalties.report({ period, model, limit: 200 }), [royalties, period, model])
  const { data, problem, reload } = useLoaded<RoyaltyReport>(load)
  if (data === undefined) return <Notice problem={problem} onRetry={reload} />
  const { lines, suspense, poolMinor, currency } = data
  if (lines.length === 0 && poolMinor === null) return <p className="hint">{words.nothingYours}</p>
  return (
    <Sums
      caption={words.report}
      head={[words.label, words.share, words.heard, words.amount]}
      rows={lines.map(({ labelId, name, sharePpm, seconds, amountMinor }) => ({
        key: labelId,
        cells: [name, sharePpm === null ? '' : percent(sharePpm), heard(seconds), money(amountMinor, currency)],
      }))}
      foot={[
        ...suspense.map(({ reason, seconds, amountMinor }) => ({
          key: reason,
          cells: [suspendedNames[reason] ?? reason, '', heard(seconds), money(amountMinor, currency)],
        })),
        ...(poolMinor === null ? [] : [{ key: 'pool', cells: [words.whole, '', '', money(poolMinor, currency)] }]),
      ]}
    />
  )
}

function Comparison({ period }: { period: string }) {
  const { royalties } = useSession().client
  const load = useCallback(() => royalties.compare({ period, models: [...models], limit: 200 }), [royalties, period])
  const { data, problem, reload } = useLoaded<RoyaltyComparison>(load)
  if (data === undefined) return <Notice problem={problem} onRetry={reload} />
  const { lines, suspense, currency } = data
  const amountsOf = (amounts: RoyaltyComparison['suspense']) =>
    amounts.map(({ amountMinor }) => money(amountMinor, currency))
  return (
    <Sums
      caption={words.compare}
      head={[words.label, ...models.map((model) => words.models[model])]}
      rows={lines.map(({ labelId, name, amounts }) => ({ key: labelId, cells: [name, ...amountsOf(amounts)] }))}
      foot={[{ key: 'suspense', cells: [words.suspense, ...amountsOf(suspense)] }]}
    />
  )
}
