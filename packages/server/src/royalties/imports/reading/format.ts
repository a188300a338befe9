import { z } from 'zod'
import { importFormat } from '../schema.ts'
import type { Layout } from './columns.ts'
import { csvCutter } from './csv.ts'
import { jsonCutter, ndjsonCutter, type Picker, textOf } from './json.ts'
import type { Cutter } from './row.ts'

const field = z.enum(Object.keys(importFormat.shape.columns.unwrap().shape) as [keyof Layout])
const csvType = importFormat.shape.type.unwrap()

/** How a file is written, found by its beginning. */
export const foundFormat = z.object({
  type: csvType,
  delimiter: z.string(),
  decimal: z.enum([',', '.']),
  dateFormat: importFormat.shape.dateFormat.unwrap(),
  columns: z.partialRecord(field, z.string()),
  layout: z.partialRecord(field, z.int()),
  /** How many fields a row has. */
  width: z.int(),
  /** Where the first row begins. */
  start: z.object({ bytes: z.int(), lines: z.int() }),
})

export type FoundFormat = z.infer<typeof foundFormat>
export type AskedFormat = z.infer<typeof importFormat>

/** What an import keeps of how its file is to be read. */
export const keptFormat = z.object({
  asked: importFormat.default({}),
  period: z.string().nullable().default(null),
  currency: z.string().nullable().default(null),
  found: foundFormat.nullable().default(null),
})

export type KeptFormat = z.infer<typeof keptFormat>

/** What is taken of an object: the values of the columns, in the order of the layout. */
export function pickerOf({ columns, layout }: Pick<FoundFormat, 'columns' | 'layout'>): Picker {
  const keys: string[] = []
  for (const [name, at] of Object.entries(layout)) keys[at ?? 0] = columns[field.parse(name)] ?? ''
  return (object) => keys.map((key) => textOf(Object.hasOwn(object, key) ? object[key] : undefined))
}

/** Cuts the rows of a file that is written in this way. */
export function cutterOf(format: FoundFormat): Cutter {
  if (format.type === 'csv') return csvCutter(format)
  return format.type === 'json' ? jsonCutter(pickerOf(format)) : ndjsonCutter(pickerOf(format))
}
