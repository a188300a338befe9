import { z } from 'zod'
import { idempotencyKey, importId, sourceId, uploadId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'
import { currency } from '../listeners/schema.ts'
import { period } from '../periods/month.ts'

export const importKind = z
  .enum(['streams', 'listeners', 'tracks'])
  .describe(
    '`streams`: what was heard, with date, listener, track, seconds, and region where there is one. `listeners`: who they are, ' +
      'and what they paid: listener, plan, fee, origin, and period and currency where they vary. `tracks`: track, title, label, ' +
      'and ISRC and the share of the label where there are any: in percent, 100 where there is none. Who gets what of a track is ' +
      'what all rows of the file with a label say of it, in place of what was known before; of one label, they are added up.',
  )

const column = text({ min: 1, max: 100 }).optional()

export const importFormat = z
  .object({
    type: z.enum(['csv', 'ndjson', 'json']).optional().describe('`json`: an array of objects. `ndjson`: one a line.'),
    delimiter: z.enum([';', ',', '\t', '|']).optional().describe('What separates the fields of CSV.'),
    decimal: z.enum([',', '.']).optional().describe('What separates the decimals of fees and shares.'),
    dateFormat: z
      .enum(['yyyy-mm-dd', 'yyyy/mm/dd', 'yyyymmdd', 'dd/mm/yyyy', 'mm/dd/yyyy', 'dd.mm.yyyy', 'dd-mm-yyyy'])
      .optional()
      .describe('How dates are written. `yyyy-mm-dd` may be followed by a time, which is not looked at.'),
    columns: z
      .object({
        date: column,
        listener: column,
        track: column,
        seconds: column,
        region: column,
        plan: column,
        fee: column,
        origin: column,
        period: column,
        currency: column,
        title: column,
        label: column,
        isrc: column,
        share: column,
      })
      .optional()
      .describe('Names of columns, as in the header, where they are not found by themselves.'),
  })
  .meta({
    id: 'ImportFormat',
    description:
      'How a file is written. What is left out is found out by its first rows; dates that could be either have the day first.',
  })

export const createInput = z.object({
  kind: importKind,
  uploadId: uploadId.describe('A complete upload of yours. It is let go of once the import is done.'),
  format: importFormat.optional(),
  period: period.optional().describe('Of the fees, where the file has no column for it.'),
  currency: currency
    .optional()
    .describe('Of the fees, where the file has no column for it; left out, the one that the accounts have.'),
  idempotencyKey,
})

export const importState = z
  .enum(['waiting', 'running', 'done', 'failed', 'duplicate'])
  .meta({ open: true })
  .describe(
    '`done`: its rows count. `failed`: see `code`; none of its streams and fees are left. `duplicate`: the same bytes were asked ' +
      'to be read in the same way before, see `duplicateOf`.',
  )

export const importRecord = z
  .object({
    id: importId,
    kind: importKind.meta({ open: true }),
    state: importState,
    fileName: text({ max: 255 }),
    sourceId: sourceId.nullable().describe('The source that it was fetched from; null where there was none.'),
    format: importFormat.describe('How the file is read: what was asked for, and from `running` on, what was found.'),
    period: period.nullable().describe('The period that was asked for.'),
    currency: z.string().nullable().describe('The currency that was asked for.'),
    duplicateOf: importId.nullable().describe('The import that had these bytes before.'),
    code: z
      .string()
      .nullable()
      .describe(
        'Why the file as a whole was not taken: `WRONG_COLUMNS`, `WRONG_ENCODING`, `EMPTY_FILE`, `UNREADABLE`, ' +
          '`PERIOD_NEEDED`, `CURRENCY_NEEDED`, `TOO_MANY_PROBLEMS`, `INTERRUPTED`, `FILE_IMPORTED` (a duplicate) and others to come; ' +
          'null where it was.',
      ),
    problem: z.string().nullable().describe('The same in words.'),
    bytes: z.int().min(0).describe('Size of the file; 0 until it is looked at.'),
    bytesDone: z.int().min(0).describe('How much of it is read.'),
    rowsRead: z.int().min(0).describe('Rows so far: those accepted and those in quarantine.'),
    rowsAccepted: z.int().min(0),
    rowsQuarantined: z.int().min(0).describe('Rows that were not taken, see `imports.problems`; also discarded ones.'),
    rowsFlagged: z.int().min(0).describe('Streams that were taken, but have more seconds than a day should have.'),
    createdAt: z.date(),
    startedAt: z.date().nullable(),
    finishedAt: z.date().nullable(),
  })
  .meta({ id: 'Import', description: 'A file of streams, listeners or tracks.' })

export const importInput = z.object({ importId })
export const listInput = z.object({
  kind: importKind.optional(),
  state: z.enum(importState.options).optional().describe('Only those in this state.'),
  ...pageInput,
})
export const importPage = pageOf(importRecord)

export const rowCodes = {
  FIELDS_MISSING: 'The row has fewer fields than the header.',
  FIELDS_EXTRA: 'The row has more fields than the header.',
  UNCLOSED_QUOTE: 'A quote of this line is not closed, or text follows the closing one.',
  LINE_TOO_LONG: 'The line is longer than 16,384 characters; its beginning is kept.',
  WRONG_ENCODING: 'The line is not UTF-8, or has NUL characters in it.',
  NOT_JSON: 'The entry is not an object of JSON.',
  DATE_INVALID: 'The date is none of the calendar, is written differently, or is later than tomorrow.',
  ID_MISSING: 'The id is missing.',
  ID_INVALID: 'The id is longer than 200 characters.',
  SECONDS_INVALID: 'The seconds are not a whole number.',
  SECONDS_NEGATIVE: 'The seconds are below zero.',
  SECONDS_ABSURD: 'There are more seconds than a month has.',
  REGION_INVALID: 'The region is not a code of letters, digits and hyphens, ten at most.',
  UNKNOWN_LISTENER: 'There is no listener of this id: import listeners, then try the row again.',
  UNKNOWN_ORIGIN: 'There is no origin of this name in the period.',
  FEE_INVALID: 'The fee is not an amount of its currency with the decimals that it has at most, or out of bounds.',
  FEE_EXISTS: 'The listener has a fee in the period already.',
  PLAN_INVALID: 'The name of the plan is longer than 100 characters.',
  CURRENCY_INVALID: 'This is no currency of ISO 4217.',
  CURRENCY_MIXED: 'The accounts have another currency.',
  CURRENCY_NEEDED: 'The row names no currency, and the accounts have none yet.',
  TITLE_INVALID: 'The title is missing, or longer than 500 characters.',
  LABEL_INVALID: 'The name of the label is longer than 200 characters.',
  ISRC_INVALID: 'The ISRC is not two letters, three letters or digits, and seven digits.',
  SHARE_INVALID: 'The share is not a percentage above 0 with four decimals at most.',
  SHARES_TOO_HIGH: 'The shares of the track come to more than 100 %, or there are more than 100.',
  PERIOD_INVALID: 'The period is not a month such as 2026-10.',
  PERIOD_CLOSED: 'The period is closed: the row can be taken in late.',
  PERIOD_FROZEN: 'A run of the period stands: reverse it, then try the row again.',
} as const

export type RowCode = keyof typeof rowCodes

const rowCode = z.enum(Object.keys(rowCodes) as [RowCode, ...RowCode[]])

/** A code as it is kept. */
export const asRowCode = (code: string): RowCode => rowCode.parse(code)

export const importProblem = z
  .object({
    line: z.int().min(1).describe('Line of the file, or number of the entry where it is JSON; from 1.'),
    code: rowCode.meta({ open: true }).describe(
      `Why it was not taken. ${Object.entries(rowCodes)
        .map(([code, words]) => `\`${code}\`: ${words}`)
        .join(' ')}`,
    ),
    message: z.string(),
    raw: z.string().describe('The line as it came.'),
    resolution: z
      .enum(['accepted', 'late', 'discarded'])
      .meta({ open: true })
      .nullable()
      .describe('What was done about it; null while nothing was.'),
    resolvedAt: z.date().nullable(),
  })
  .meta({ id: 'ImportProblem', description: 'A row of a file that was not taken.' })

export const problemsInput = z.object({
  importId,
  open: z.boolean().default(true).describe('true: only those that nothing was done about. false: all.'),
  ...pageInput,
})
export const problemPage = pageOf(importProblem)

export const maxResolved = 1_000

export const resolveInput = z
  .object({
    importId,
    lines: z
      .array(z.int().min(1).max(2_147_483_647))
      .min(1)
      .max(200)
      .optional()
      .describe('Rows by their lines, up to 200.'),
    code: text({ min: 1, max: 50 }).optional().describe('Or all open ones of a code, up to 1,000 at once: see `left`.'),
    action: z
      .enum(['retry', 'late', 'discard'])
      .describe(
        '`retry`: they are looked at again. `late`: the same, and those of closed periods are accounted in the next open one. ' +
          '`discard`: they are left out for good.',
      ),
    row: text({ min: 1, max: 16_384 })
      .optional()
      .describe('Of a single line: the row as it should be, in the form of the file. What came first is kept.'),
  })
  .meta({ examples: [{ importId: `imp_${'0'.repeat(26)}` as const, lines: [3], action: 'retry' }] })

export const resolveOutput = z
  .object({
    import: importRecord,
    resolved: z.int().min(0).describe('How many rows were taken, or discarded.'),
    left: z
      .int()
      .min(0)
      .describe('How many of those asked for are still open: they failed again, or are for the next call.'),
    failed: z.int().min(0).describe('How many failed again: see `imports.problems`.'),
  })
  .meta({ id: 'ResolvedProblems', description: 'What came of rows that were tried again.' })
