import { isAntiphonError } from '@antiphon/client'
import { useCallback } from 'react'
import { useLoaded } from '../../loaded.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { Notice } from '../notice.tsx'
import { finely, heard, money } from './money.ts'
import { Sums } from './sums.tsx'

const words = texts.royalties
const suspendedNames: Readonly<Record<string, string>> = words.suspended

/** Where the fee of a month goes, for those who are a listener. */
export function YourFee({ period }: { period: string }) {
  const { listeners } = useSession().client.royalties
  const load = useCallback(async () => {
    const found = await listeners.report.safe({ period, limit: 200 })
    if (found.ok) return found.data
    if (isAntiphonError(found.error, 'NOT_FOUND', 'NOT_ALLOWED')) return null
    throw found.error
  }, [listeners, period])
  const { data, problem, reload } = useLoaded(load)
  if (data === undefined) return <Notice problem={problem} onRetry={reload} />
  if (data === null || data.feeMinor === null) return <p className="hint">{words.noFee}</p>
  const { currency, feeMinor, countsMicro, lines } = data
  return (
    <>
      <p>{words.paidFee(money(feeMinor, currency), finely(countsMicro, currency))}</p>
      <Sums
        caption={words.yourFee}
        head={[words.label, words.heard, words.amount]}
        rows={lines.map(({ labelId, name, suspended, seconds, amountMicro }) => ({
          key: labelId ?? suspended ?? '',
          cells: [name ?? suspendedNames[suspended ?? ''] ?? suspended, heard(seconds), finely(amountMicro, currency)],
        }))}
      />
    </>
  )
}
