import { z } from 'zod'
import { idempotencyKey, importId, sourceId } from '../../ids.ts'
import { pageInput, pageOf } from '../../page.ts'
import { text } from '../../text.ts'
import { importFormat, createInput as importInput, importKind } from '../imports/schema.ts'

const name = text({ min: 1, max: 100, visible: true, line: true }).describe(
  'A name to tell it by, 1 to 100 characters.',
)

const address = text({ min: 1, max: 2_000, line: true }).describe(
  'Where the file is: an https address without user name and password, up to 2,000 characters.',
)

const everyMinutes = z.int().min(5).max(44_640).describe('How often it is fetched, from 5 minutes to 31 days.')

const { currency } = importInput.shape

export const outcome = z
  .enum([
    ...(['IMPORTED', 'UNCHANGED', 'IMPORT_FAILED', 'ADDRESS_REFUSED'] as const),
    ...(['UNREACHABLE', 'TIMED_OUT', 'BAD_ANSWER', 'TOO_LARGE'] as const),
  ])
  .meta({ open: true })

export type Outcome = z.infer<typeof outcome>

/** How files of a source are read, as it is kept. */
export const reading = z.object({ format: importFormat.default({}), currency: z.string().nullable().default(null) })

export const source = z
  .object({
    id: sourceId,
    name,
    kind: importKind,
    url: address,
    format: importFormat.describe('How the file is to be read; what is left out is found out.'),
    currency: z
      .string()
      .nullable()
      .describe('Of the fees, where the file has no column for it; null for that of the period.'),
    everyMinutes,
    paused: z.boolean().describe('Whether it is left alone.'),
    nextAt: z.date().nullable().describe('When it is fetched next; null where it is paused.'),
    lastAt: z.date().nullable().describe('When it was last tried; null for never.'),
    lastCode: outcome
      .nullable()
      .describe(
        'How that ended. `IMPORTED`: there was something new, see `lastImportId`; `UNCHANGED`: the same file as before; ' +
          'anything else: why not. After failures it is tried again soon, then more and more rarely.',
      ),
    lastMessage: text({ max: 1_000 })
      .nullable()
      .describe('The same in a sentence; null where there is nothing to say.'),
    lastImportId: importId.nullable().describe('The import of the file that was last there; null for none yet.'),
    failures: z.int().min(0).describe('How often it failed since it last went well.'),
    createdAt: z.date(),
    modifiedAt: z.date(),
  })
  .meta({ id: 'Source', description: 'An address that files to import are fetched from now and then.' })

export const createInput = z.object({
  name,
  kind: importKind,
  url: address,
  format: importFormat.default({}).describe('How the file is to be read; what is left out is found out.'),
  currency,
  everyMinutes,
  paused: z.boolean().default(false).describe('Whether it is left alone for now.'),
  idempotencyKey,
})

export const updateInput = z.object({
  sourceId,
  name: name.optional(),
  url: address.optional(),
  format: importFormat.optional().describe('How the file is to be read, as a whole.'),
  currency: currency
    .nullable()
    .optional()
    .describe('Of the fees, where the file has no column for it; null for that of the period.'),
  everyMinutes: everyMinutes.optional(),
  paused: z.boolean().optional().describe('True leaves it alone; false has it fetched again, and at once.'),
})

export const sourceInput = z.object({ sourceId })
export const listInput = z.object(pageInput)
export const sourcePage = pageOf(source)
