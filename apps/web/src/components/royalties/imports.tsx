import type { Import, ImportId, ImportProblem } from '@antiphon/client'
import { useCallback, useEffect, useState } from 'react'
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
type Kind = (typeof kinds)[number]
const refusals: Readonly<Record<string, string>> = words.refusals
const feeFields = [
  { name: 'period', label: words.month, hint: words.ifMissing, type: 'month' },
  { name: 'currency', label: words.currency, hint: words.ifMissing, maxLength: 3 },
] as const

/** What is in a file, as its name lets one think. */
function guessOf(fileName = ''): Kind {
  if (/listener|user|fee|subscri/i.test(fileName)) return 'listeners'
  return /track|catalog|right/i.test(fileName) ? 'tracks' : 'streams'
}
const stateNames: Readonly<Record<string, string>> = words.progress
const [busyMs, unfinished] = [1_000, ['waiting', 'running']]

/** Files that were imported, and a form for more. */
export function Imports() {
  const { imports } = useSession().client.royalties
  const list = useList(useCallback(() => imports.list.all(), [imports]))
  const chosen = useChosen()
  // All of them are there, or none.
  const { ready = [] } = chosen
  const [said, setKind] = useState<Kind>()
  const kind = said ?? guessOf(chosen.list[0]?.file.name)
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
        <>
          <p className="hint">{words.kind}</p>
          <div className="actions">
            {kinds.map((one) => (
              <Act key={one} name={words.kinds[one]} aria-pressed={one === kind} onClick={() => setKind(one)} />
            ))}
          </div>
          <Form
            key={kind}
            submit={words.import}
            fields={kind === 'listeners' ? feeFields : []}
            action={({ period = '', currency = '' }) =>
              attempt(async () => {
                const fees = { period: period || undefined, currency: currency.toUpperCase() || undefined }
                for (const { uploadId } of ready)
                  await imports.create({ kind, uploadId, ...(kind === 'listeners' && fees) })
              })
            }
            onDone={() => {
              setKind(undefined)
              chosen.clear()
              list.reload()
            }}
          />
        </>
      )}
      <Listed list={list} empty={words.noImports}>
        {(one) => <ImportEntry key={one.id} imported={one} onChange={list.reload} />}
      </Listed>
    </>
  )
}

function ImportEntry({ imported, onChange }: { imported: Import; onChange: () => void }) {
  const { id, kind, state, fileName, bytes, bytesDone, rowsAccepted, rowsFlagged, rowsQuarantined } = imported
  const what = [words.kinds[kind as Kind] ?? kind, stateNames[state] ?? state]
  const why = refusals[imported.code ?? ''] ?? imported.problem
  const rows = state === 'done' ? [words.rows(rowsAccepted, imported.rowsRead, rowsFlagged)] : []
  return (
    <Entry name={fileName} detail={[...what, ...rows, why ?? moment(imported.createdAt)].join(' · ')}>
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
