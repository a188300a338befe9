import type { RoyaltyComparison, RoyaltyReport } from '@antiphon/client'
import { useCallback } from 'react'
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

export type Model = (typeof models)[number]

interface ReportProps {
  readonly period: string
  readonly shown: Model | 'compare'
  readonly onShow: (shown: Model | 'compare') => void
  /** By which it was settled, for those who keep the accounts. */
  readonly settledBy?: string | null
  readonly canCompare?: boolean
}

/** What a month comes to for each label, by one model or by all of them; members of labels see their own. */
export function Report({ period, shown, onShow, settledBy = null, canCompare = false }: ReportProps) {
  const choices = canCompare ? ([...models, 'compare'] as const) : models
  return (
    <>
      <div className="actions">
        {choices.map((one) => (
          <Act
            key={one}
            name={one === 'compare' ? words.compare : words.models[one]}
            aria-pressed={one === shown}
            onClick={() => onShow(one)}
          />
        ))}
      </div>
      {settledBy !== null && shown !== 'compare' && shown !== settledBy && <p className="hint">{words.wouldBe}</p>}
      {shown === 'compare' ? <Comparison period={period} /> : <ByModel key={shown} period={period} model={shown} />}
    </>
  )
}

function ByModel({ period, model }: { period: string; model: Model }) {
  const { royalties } = useSession().client
  const load = useCallback(() => royalties.report({ period, model, limit: 200 }), [royalties, period, model])
  const { data, problem, reload } = useLoaded<RoyaltyReport>(load)
  if (data === undefined) return <Notice problem={problem} onRetry={reload} />
  const { lines, suspense, poolMinor, currency, state } = data
  if (lines.length === 0 && poolMinor === null) return <p className="hint">{words.nothingYours}</p>
  // Members are not told of the others, and so of no parts of the whole.
  const isWhole = poolMinor !== null
  const cells = (name: string, part: string, seconds: number, amountMinor: bigint) => [
    ...[name, ...(isWhole ? [part] : []), heard(seconds), money(amountMinor, currency)],
  ]
  return (
    <>
      {!isWhole && state === 'closed' && <p className="hint">{words.byStatements}</p>}
      <Sums
        caption={words.report}
        head={[words.label, ...(isWhole ? [words.share] : []), words.heard, words.amount]}
        rows={lines.map(({ labelId, name, sharePpm, seconds, amountMinor }) => ({
          key: labelId,
          cells: cells(name, percent(sharePpm ?? 0), seconds, amountMinor),
        }))}
        foot={[
          ...suspense.map(({ reason, seconds, amountMinor }) => ({
            key: reason,
            cells: cells(suspendedNames[reason] ?? reason, '', seconds, amountMinor),
          })),
          ...(isWhole ? [{ key: 'pool', cells: [words.whole, '', '', money(poolMinor, currency)] }] : []),
        ]}
      />
    </>
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
