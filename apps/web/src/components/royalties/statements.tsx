import type { LabelId, RoyaltyStatement, StatementLine } from '@antiphon/client'
import { useCallback, useState } from 'react'
import { download } from '../../download.ts'
import { useList, useLoaded } from '../../loaded.ts'
import { useRun } from '../../run.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { moment } from '../../time.ts'
import { Act, Problem } from '../act.tsx'
import { attempt, Form } from '../form.tsx'
import { Entry, Listed } from '../listed.tsx'
import { Notice } from '../notice.tsx'
import { finely, heard, money, monthName, percent } from './money.ts'
import { Sums } from './sums.tsx'

const words = texts.royalties

interface StatementsProps {
  readonly period?: string
  readonly labelId?: LabelId
  /** Whether payments are entered here. */
  readonly canPay?: boolean
}

/** Statements of a month, or of a label. */
export function Statements({ period, labelId, canPay = false }: StatementsProps) {
  const { statements } = useSession().client.royalties
  const list = useList(useCallback(() => statements.list.all({ period, labelId }), [statements, period, labelId]))
  return (
    <Listed list={list} empty={words.noStatements}>
      {(one) => (
        <li key={`${one.period} ${one.labelId}`}>
          <details>
            <summary>
              {period === undefined ? monthName(one.period) : one.name} <small>{stateOf(one)}</small>
            </summary>
            <Statement statement={one} canPay={canPay} onChange={list.reload} />
          </details>
        </li>
      )}
    </Listed>
  )
}

function stateOf({ payment, dueMinor, closingMinor, currency }: RoyaltyStatement): string {
  if (payment !== null) return `${money(payment.amountMinor, currency)} · ${words.paid(moment(payment.paidAt))}`
  return dueMinor > 0n
    ? words.payable(money(dueMinor, currency))
    : `${money(closingMinor, currency)} · ${words.carried}`
}

const parts = ['opening', 'earnings', 'adjustments', 'payments', 'closing'] as const

interface StatementProps {
  readonly statement: RoyaltyStatement
  readonly canPay: boolean
  readonly onChange: () => void
}

function Statement({ statement, canPay, onChange }: StatementProps) {
  const { statements } = useSession().client.royalties
  const { period, labelId, currency, payment, dueMinor } = statement
  const [traced, setTraced] = useState<StatementLine>()
  const lines = useList(useCallback(() => statements.lines.all({ period, labelId }), [statements, period, labelId]))
  const { run, problem } = useRun()
  const save = () =>
    attempt(async () => {
      const texts: string[] = []
      for (let cursor: string | undefined; ; ) {
        const { fileName, text, contentType, nextCursor } = await statements.export({ period, labelId, cursor })
        texts.push(text)
        if (nextCursor === null) return download(fileName, texts, contentType)
        cursor = nextCursor
      }
    })
  return (
    <>
      <Problem text={problem ?? lines.problem} />
      <Sums
        caption={words.statements}
        head={[words.balance, words.amount]}
        rows={parts.map((part) => {
          const amount = statement[`${part}Minor`]
          return { key: part, cells: [words[part], money(part === 'payments' ? -amount : amount, currency)] }
        })}
      />
      <Sums
        caption={words.earnings}
        head={[words.track, words.share, words.heard, words.amount, '']}
        rows={(lines.data ?? []).map((line) => ({
          key: line.trackId ?? '',
          cells: [
            line.title ?? line.externalId ?? words.untitled,
            percent(line.sharePpm),
            heard(line.seconds),
            money(line.amountMinor, currency),
            line.trackId && <Act name={words.show} of={line.title ?? words.untitled} onClick={() => setTraced(line)} />,
          ],
        }))}
      />
      <p className="actions">
        {lines.showMore && <Act name={texts.showMore} onClick={lines.showMore} />}
        <Act name={words.csv} of={statement.name} onClick={() => run(save)} />
      </p>
      {traced && <Trace key={traced.trackId} statement={statement} line={traced} />}
      {canPay && payment === null && dueMinor > 0n && (
        <Form
          submit={words.markPaid}
          fields={[{ name: 'reference', label: words.reference, maxLength: 200 }]}
          action={({ reference }) => statements.markPaid.safe({ period, labelId, reference })}
          onDone={onChange}
        />
      )}
    </>
  )
}

/** The streams that a line rests on, and how it is rounded. */
function Trace({ statement: { period, labelId }, line }: { statement: RoyaltyStatement; line: StatementLine }) {
  const { royalties } = useSession().client
  const { trackId } = line
  const load = useCallback(
    async () => (trackId === null ? undefined : royalties.trace({ period, labelId, trackId, limit: 100 })),
    [royalties, period, labelId, trackId],
  )
  const { data, problem, reload } = useLoaded(load)
  if (data === undefined) return <Notice problem={problem} onRetry={reload} />
  const { currency, exactMicro, amountMinor, items, nextCursor } = data
  return (
    <section aria-label={words.source}>
      <h3>{line.title ?? line.externalId}</h3>
      <p className="hint">{words.traced(finely(exactMicro, currency), money(amountMinor, currency))}</p>
      <ul>
        {items.map(({ id, fileName, line: at, playedOn, seconds, region }) => (
          <Entry
            key={id.toString()}
            name={fileName === null || at === null ? words.byHand : words.lineOf(fileName, at)}
            detail={[playedOn, words.seconds(seconds), region].filter((part) => part !== '').join(' · ')}
          />
        ))}
      </ul>
      {nextCursor !== null && <p className="hint">{words.andMore}</p>}
    </section>
  )
}
