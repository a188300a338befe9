import { accessSync, constants, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import cliProgress from 'cli-progress'
import type pg from 'pg'
import type { Logger } from 'pino'
import { ConfigError } from '../config.ts'
import type { Db } from '../db/connect.ts'
import { type FileToImport, importFile } from '../royalties/imports/loading/file.ts'
import { countByCode } from '../royalties/imports/problems/store.ts'
import { asRowCode, createInput, rowCodes } from '../royalties/imports/schema.ts'
import type { Import } from '../royalties/imports/shown.ts'
import { findImport } from '../royalties/imports/store.ts'
import { audit } from '../users/audit/record.ts'
import { operator } from './access.ts'

export interface ImportFlags {
  period?: string
  currency?: string
  delimiter?: string
  decimal?: string
  dateFormat?: string
}

export const importHelp = `
How a file is written, and which column has what, is found out by its first rows; flags go before what is found.
Rows that cannot be taken go to quarantine: royalties.imports.problems shows them, royalties.imports.resolve tries
them again. The same file once more has no effect. What was broken off goes on where it was by the same command.

  antiphon import tracks catalogue.csv
  antiphon import listeners listeners.csv --period 2026-10 --currency EUR
  antiphon import streams 2026-10.csv --date-format dd/mm/yyyy`

const flagInput = createInput.pick({ kind: true, format: true, period: true, currency: true })

/**
 * The file that the command line asks for.
 * @throws ConfigError
 */
export function readImport(kind: string, path: string, flags: ImportFlags): FileToImport {
  const { period, currency, decimal, dateFormat } = flags
  const delimiter = flags.delimiter === 'tab' || flags.delimiter === '\\t' ? '\t' : flags.delimiter
  const asked = Object.entries({ delimiter, decimal, dateFormat }).filter(([, value]) => value !== undefined)
  const given = { kind, period, currency, ...(asked.length > 0 && { format: Object.fromEntries(asked) }) }
  const read = flagInput.safeParse(given)
  if (!read.success) throw new ConfigError(read.error.issues.map(flagProblem).join('\n'))
  const absolute = resolve(path)
  requireReadable(absolute, path)
  return { ...read.data, path: absolute, fileName: basename(absolute) }
}

function flagProblem({ path, message }: { path: readonly PropertyKey[]; message: string }): string {
  const flag = String(path.at(-1) ?? 'kind').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return `--${flag}: ${message}`
}

function requireReadable(absolute: string, path: string): void {
  const found = statSync(absolute, { throwIfNoEntry: false })
  if (found === undefined) throw new Error(`There is no file ${path}.`)
  if (!found.isFile()) throw new Error(`${path} is ${found.isDirectory() ? 'a directory' : 'not a file'}.`)
  try {
    accessSync(absolute, constants.R_OK)
  } catch {
    throw new Error(`${path} may not be read by this account.`)
  }
}

interface Means {
  db: Db
  pool: pg.Pool
  log: Logger
}

/** Imports a file, and says what came of it. Ctrl-C stops it; the same command goes on. */
export async function runImport({ db, pool, log }: Means, file: FileToImport): Promise<void> {
  const started = performance.now()
  const { signal, release } = stopSignal()
  const progress = showProgress()
  try {
    const made = await importFile({ pool, log }, { ...file, signal, onProgress: progress.move }).finally(progress.stop)
    console.log(await outcomeOf(db, made, performance.now() - started))
    if (made.state === 'done' && made.rowsRead > 0 && made.rowsAccepted === 0) process.exitCode = 1
  } catch (error) {
    if (!signal.aborted) throw error
    console.error('Stopped. The same command goes on where it was.')
    process.exitCode = 130
  } finally {
    release()
  }
}

/** Aborted by Ctrl-C; by one more a second later the process ends at once. */
function stopSignal() {
  const controller = new AbortController()
  let stoppingSince: number | undefined
  const stop = () => {
    // The terminal and the parent process may both pass on one Ctrl-C.
    if (stoppingSince !== undefined && Date.now() - stoppingSince > 1_000) process.exit(130)
    stoppingSince ??= Date.now()
    controller.abort()
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.on(signal, stop)
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of signals) process.off(signal, stop)
    },
  }
}

/** A bar, on a terminal only. */
function showProgress() {
  if (!process.stderr.isTTY) return { move: () => {}, stop: () => {} }
  const bar = new cliProgress.SingleBar(
    { format: '{bar} {percentage} % {doing}', stream: process.stderr, hideCursor: true, gracefulExit: false },
    cliProgress.Presets.shades_classic,
  )
  bar.start(1, 0, { doing: 'looking at the file' })
  return {
    move: ({ bytesDone, bytes }: { bytesDone: number; bytes: number }) => {
      bar.setTotal(Math.max(bytes, 1))
      bar.update(bytesDone, { doing: bytesDone < bytes ? 'reading' : 'adding to the totals' })
    },
    stop: () => bar.stop(),
  }
}

async function outcomeOf(db: Db, made: Import, ms: number): Promise<string> {
  const { id, kind, state, fileName, code, problem, duplicateOf } = made
  if (state === 'duplicate' && duplicateOf !== null) {
    const first = await findImport(db, duplicateOf)
    if (first?.state !== 'done') throw new Error(`${fileName} is being imported by somebody else, as ${duplicateOf}.`)
    const day = first.createdAt.toISOString().slice(0, 10)
    return `${fileName} was imported before, as ${first.fileName} on ${day}: ${duplicateOf}. Nothing has changed.`
  }
  if (state === 'failed') throw new Error(`${fileName} was not taken. ${code}: ${problem} (${id})`)
  if (state !== 'done') throw new Error(`${fileName} is being imported by somebody else, as ${id}.`)
  const details = { kind, by: 'the command' }
  await audit(db, operator, { action: 'royalties.imports.create', target: id, details })
  return summaryOf(made, await countByCode(db, id), ms)
}

function summaryOf(made: Import, problems: readonly { code: string; count: number }[], ms: number): string {
  const { id, kind, fileName, rowsRead, rowsAccepted, rowsQuarantined, rowsFlagged } = made
  const line = (name: string, count: number, words = '') =>
    `  ${name.padEnd(20)}${count.toLocaleString('en').padStart(14)}${words === '' ? '' : `  ${words}`}`
  return [
    rowsRead > 0 && rowsAccepted === 0
      ? `No row of ${fileName} could be taken: ${id}.`
      : `${fileName} is imported: ${id}, in ${(ms / 1_000).toFixed(1)} s.`,
    line('Rows read', rowsRead),
    line('Accepted', rowsAccepted),
    line('Quarantined', rowsQuarantined),
    ...problems.map(({ code, count }) => line(`  ${code}`, count, rowCodes[asRowCode(code)])),
    ...(kind === 'streams'
      ? [line('Flagged', rowsFlagged, rowsFlagged > 0 ? 'More seconds than a day should have.' : '')]
      : []),
    ...(rowsQuarantined > 0
      ? [
          `See the rows in quarantine on the page Royalties of the web app, or by royalties.imports.problems with the importId ${id}.`,
        ]
      : []),
  ].join('\n')
}
