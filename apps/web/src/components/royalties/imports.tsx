import type { Import, ImportId, ImportProblem } from '@antiphon/client'
import { useCallback, useEffect } from 'react'
import { useList } from '../../loaded.ts'
import { useRun } from '../../run.ts'
import { useSession } from '../../session.tsx'
import { texts } from '../../texts.ts'
import { moment } from '../../time.ts'
import { Act, Problem } from '../act.tsx'
import { attempt, Form } from '../form.tsx'
import { Entry, Listed } from '../listed.tsx'
import { ChosenFiles, useChosen } from '../messages/attachments.tsx'
import { Section } from '../page.tsx'

const words = texts.royalties
const kinds = ['streams', 'listeners', 'tracks'] as const
const stateNames: Readonly<Record<string, string>> = words.progress
const [busyMs, unfinished] = [1_000, ['waiting', 'running']]

/** Files that were imported, and a form for more. */
export function Imports() {
  const { imports } = useSession().client.royalties
  const list = useList(useCallback(() => imports.list.all(), [imports]))
  const chosen = useChosen()
  // All of them are there, or none.
  const { ready = [] } = chosen
  const isBusy = list.data?.some(({ state }) => unfinished.includes(state)) === true
  useEffect(() => {
    if (!isBusy) return
    const timer = setInterval(list.reload, busyMs)
    return () => clearInterval(timer)
  }, [isBusy, list.reload])
  return (
    <>
      <ChosenFiles chosen={chosen} label={words.choose} accept=".csv,.tsv,.txt,.json,.ndjson,.jsonl" />
      {ready.length > 0 && (
        <Form
          submit={words.import}
          fields={[
            { name: 'kind', label: words.kind, options: kinds.map((kind) => [kind, words.kinds[kind]]) },
            { name: 'period', label: words.month, hint: words.ifMissing, type: 'month' },
            { name: 'currency', label: words.currency, hint: words.ifMissing, maxLength: 3 },
          ]}
          action={(values) =>
            attempt(async () => {
              const kind = kinds.find((one) => one === values.kind) ?? 'streams'
              const [period, currency] = [values.period || undefined, values.currency.toUpperCase() || undefined]
              const fees = kind === 'listeners' ? { period, currency } : {}
              for (const { uploadId } of ready) await imports.create({ kind, uploadId, ...fees })
            })
          }
          onDone={() => {
            chosen.clear()
            list.reload()
          }}
        />
      )}
      <Listed list={list} empty={words.noImports}>
        {(one) => <ImportEntry key={one.id} imported={one} onChange={list.reload} />}
      </Listed>
    </>
  )
}

function ImportEntry({ imported, onChange }: { imported: Import; onChange: () => void }) {
  const { id, kind, state, fileName, bytes, bytesDone, rowsAccepted, rowsFlagged, rowsQuarantined, problem } = imported
  const what = [words.kinds[kind as (typeof kinds)[number]] ?? kind, stateNames[state] ?? state]
  const rows = state === 'done' ? [words.rows(rowsAccepted, rowsFlagged)] : []
  return (
    <Entry name={fileName} detail={[...what, ...rows, problem ?? moment(imported.createdAt)].join(' · ')}>
      {state === 'running' && <progress value={bytesDone} max={bytes} aria-label={fileName} />}
      {rowsQuarantined > 0 && (
        <Section title={words.quarantined(rowsQuarantined)}>
          <Problems importId={id} onChange={onChange} />
        </Section>
      )}
    </Entry>
  )
}

/** Rows of a file that were not taken. */
function Problems({ importId, onChange }: { importId: ImportId; onChange: () => void }) {
  const { imports } = useSession().client.royalties
  const list = useList(useCallback(() => imports.problems.all({ importId }), [imports, importId]))
  const { run, problem } = useRun(() => {
    list.reload()
    onChange()
  })
  const resolve = ({ line }: ImportProblem, action: 'retry' | 'late' | 'discard') =>
    run(
      () => imports.resolve.safe({ importId, lines: [line], action }),
      action === 'discard' ? words.sureDiscard : undefined,
    )
  return (
    <>
      <Problem text={problem} />
      <Listed list={list} empty={words.noProblems}>
        {(one) => (
          <Entry key={one.line} name={`${words.line(one.line)}: ${one.message}`} detail={<code>{one.raw}</code>}>
            <span className="actions">
              <Act name={words.retry} of={words.line(one.line)} onClick={() => resolve(one, 'retry')} />
              {one.code === 'PERIOD_CLOSED' && (
                <Act name={words.late} of={words.line(one.line)} onClick={() => resolve(one, 'late')} />
              )}
              <Act name={words.discard} of={words.line(one.line)} onClick={() => resolve(one, 'discard')} />
            </span>
          </Entry>
        )}
      </Listed>
    </>
  )
}
