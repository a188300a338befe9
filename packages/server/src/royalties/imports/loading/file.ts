import type { Logger } from 'pino'
import type pg from 'pg'
import type { z } from 'zod'
import type { SourceId } from '../../../ids.ts'
import type { importFormat, importKind, importRecord } from '../schema.ts'

export interface FileToImport {
  kind: z.infer<typeof importKind>
  path: string
  fileName: string
  format?: z.infer<typeof importFormat>
  period?: string
  currency?: string
  sourceId?: SourceId
  signal?: AbortSignal
}

/** Placeholder of helper E until helper A's lands: overwrite this file. */
export async function importFile(
  _means: { pool: pg.Pool; log: Logger },
  _file: FileToImport,
): Promise<z.infer<typeof importRecord>> {
  throw new Error('not there yet')
}
