import type { z } from 'zod'
import type { Db } from '../../../db/connect.ts'
import { ApiError } from '../../../errors.ts'
import { nextOpenPeriod } from '../../periods/store.ts'
import { applyListeners, prepareListeners } from '../loading/listeners.ts'
import type { Applied } from '../loading/step.ts'
import { applyTracks, prepareTracks } from '../loading/tracks.ts'
import { cutterOf, type KeptFormat, keptFormat } from '../reading/format.ts'
import type { BadRow, Row } from '../reading/row.ts'
import { listenerReader } from '../rows/listeners.ts'
import { trackReader } from '../rows/tracks.ts'
import { maxResolved, type resolveInput, rowCodes } from '../schema.ts'
import { countResolved, type ImportRow, isUnfinished, lockImport } from '../store.ts'
import { countOpen, findProblems, resolveProblems, restateProblems } from './store.ts'
import { takeStreams } from './streams.ts'

type Asked = z.output<typeof resolveInput>
type Problem = Awaited<ReturnType<typeof findProblems>>[number]

export interface Resolved {
  row: ImportRow
  resolved: number
  failed: number
  left: number
}

/**
 * Tries rows in quarantine again, or leaves them out for good. `db` is for what is made beside the transaction.
 * @throws NOT_FOUND, INVALID_INPUT, IMPORT_RUNNING, PROBLEM_RESOLVED, PERIOD_CLOSED, PERIOD_FROZEN
 */
export async function resolve(db: Db, tx: Db, asked: Asked): Promise<Resolved> {
  const { importId: id, action, code } = asked
  const row = await lockImport(tx, id)
  if (row === undefined) throw new ApiError('NOT_FOUND')
  if (isUnfinished(row)) throw new ApiError('IMPORT_RUNNING')
  if (row.state !== 'done') throw new ApiError('NOT_FOUND', { message: 'Nothing of this file was taken.' })
  const problems = await problemsOf(tx, asked)
  const lines = problems.map(({ line }) => line)
  const leftOf = async (failed: number) =>
    code === undefined ? failed : Math.max(failed, await countOpen(tx, id, code))
  if (action === 'discard') {
    await resolveProblems(tx, id, lines, 'discarded')
    return { row, resolved: lines.length, failed: 0, left: await leftOf(0) }
  }
  const { accepted, flagged, bad } = await tryAgain(db, tx, row, problems, asked)
  const failed = new Set(bad.map(({ line }) => line))
  const taken = lines.filter((line) => !failed.has(line))
  await restateProblems(
    tx,
    id,
    bad.map(({ line, code }) => ({ line, code, message: rowCodes[code] })),
  )
  await resolveProblems(tx, id, taken, action === 'late' ? 'late' : 'accepted')
  const now = await countResolved(tx, id, { accepted, flagged })
  return { row: now, resolved: taken.length, failed: failed.size, left: await leftOf(failed.size) }
}

async function problemsOf(tx: Db, { importId, lines, code, row }: Asked): Promise<Problem[]> {
  if ((lines === undefined) === (code === undefined))
    throw new ApiError('INVALID_INPUT', { field: 'lines', message: 'Give one of lines and code.' })
  if (row !== undefined && lines?.length !== 1)
    throw new ApiError('INVALID_INPUT', { field: 'row', message: 'Give it with a single line.' })
  const wanted = lines === undefined ? undefined : [...new Set(lines)]
  const by = wanted === undefined ? { code: code ?? '', limit: maxResolved } : { lines: wanted }
  const problems = await findProblems(tx, importId, by)
  if (wanted !== undefined && problems.length < wanted.length)
    throw new ApiError('NOT_FOUND', { field: 'lines', message: 'The import has no such row in quarantine.' })
  if (problems.some(({ resolution }) => resolution !== null)) throw new ApiError('PROBLEM_RESOLVED', { field: 'lines' })
  return problems
}

/** What is kept of these is not the row that came. */
const incomplete = ['LINE_TOO_LONG', 'WRONG_ENCODING']

async function tryAgain(db: Db, tx: Db, row: ImportRow, problems: readonly Problem[], asked: Asked): Promise<Applied> {
  const format = keptFormat.parse(row.format)
  const [rows, bad]: [Row[], BadRow[]] = [[], []]
  for (const { line, raw, code } of problems) {
    const isLost = asked.row === undefined && incomplete.find((known) => known === code)
    const cut = isLost ? { line, raw, code: isLost as BadRow['code'] } : rowOf(asked.row ?? raw, line, format)
    if ('code' in cut) bad.push(cut)
    else rows.push(cut)
  }
  const late = asked.action === 'late' ? await nextOpenPeriod(tx) : undefined
  const applied = await apply({ db, tx, row, format, late }, rows)
  return { ...applied, bad: [...bad, ...applied.bad] }
}

function rowOf(text: string, line: number, { found }: KeptFormat): Row | BadRow {
  if (found === null) return { line, raw: text, code: 'FIELDS_MISSING' }
  const { rows, bad } = cutterOf(found)(Buffer.from(text), { lines: line - 1, last: true })
  const [first] = rows
  const [wrong] = bad
  if (rows.length + bad.length > 1)
    throw new ApiError('INVALID_INPUT', { field: 'row', message: 'This is more than one row.' })
  if (first !== undefined) return { ...first, line }
  return { line, raw: text, code: wrong?.code ?? 'FIELDS_MISSING' }
}

export interface Trying {
  db: Db
  tx: Db
  row: ImportRow
  format: KeptFormat
  /** Where rows of closed periods are accounted. */
  late: string | undefined
}

async function apply(trying: Trying, rows: readonly Row[]): Promise<Applied> {
  const { db, tx, row, format, late } = trying
  const { found } = format
  if (rows.length === 0 || found === null) return { accepted: 0, flagged: 0, bad: [] }
  if (row.kind === 'streams') return takeStreams({ ...trying, found }, rows)
  if (row.kind === 'tracks')
    return applyTracks(tx, row.key, await prepareTracks({ db, read: trackReader(found) }, rows))
  const read = listenerReader(format)
  const means = { db, importKey: row.key, decimal: found.decimal, read, late }
  return applyListeners(tx, means, await prepareListeners(means, rows))
}
