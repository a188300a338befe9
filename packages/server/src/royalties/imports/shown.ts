import type { z } from 'zod'
import { keptFormat } from './reading/format.ts'
import type { importRecord } from './schema.ts'
import type { ImportRow } from './store.ts'

export type Import = z.output<typeof importRecord>

/** An import as callers see it. */
export function shownImport(row: ImportRow): Import {
  const { asked, found, period, currency } = keptFormat.parse(row.format)
  const { key: _key, uploadId: _upload, digest: _digest, linesDone: _lines, loadedAt: _loaded, ...rest } = row
  return { ...rest, format: found === null ? asked : shownFormat(row.kind, found), period, currency, ...bytesOf(row) }
}

function shownFormat(kind: ImportRow['kind'], found: NonNullable<ReturnType<typeof keptFormat.parse>['found']>) {
  const { type, delimiter, decimal, dateFormat, columns } = found
  return {
    ...{ type, columns },
    ...(isDelimiter(delimiter) && { delimiter }),
    ...(kind === 'streams' ? { dateFormat } : { decimal }),
  }
}

const bytesOf = ({ bytes, bytesDone }: ImportRow) => ({ bytes: Number(bytes), bytesDone: Number(bytesDone) })

function isDelimiter(text: string): text is ';' | ',' | '\t' | '|' {
  return [';', ',', '\t', '|'].includes(text)
}
