import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { Logger } from 'pino'
import { createDb } from '../../../db/connect.ts'
import { type ImportId, newId, type SourceId } from '../../../ids.ts'
import type { AskedFormat } from '../reading/format.ts'
import type { ImportKind } from '../rows/kinds.ts'
import { type Import, shownImport } from '../shown.ts'
import { deleteImport, findImport, insertImport, letGoOfImport, standingOf } from '../store.ts'
import { advance } from './run.ts'
import type { Work } from './work.ts'

export interface FileToImport {
  kind: ImportKind
  path: string
  fileName: string
  format?: AskedFormat | undefined
  period?: string | undefined
  currency?: string | undefined
  sourceId?: SourceId | undefined
  signal?: AbortSignal | undefined
  onProgress?: Work['onProgress']
}

/** Longer than somebody is followed who died at it. */
const patienceMs = 30_000

/**
 * Imports a file of this machine, from its beginning to its end. One that was begun before and broken off is gone on with. A file
 * that is there already is a `duplicate`; of a source, that leaves no import of its own.
 */
export async function importFile({ pool, log }: { pool: pg.Pool; log: Logger }, file: FileToImport): Promise<Import> {
  const db = createDb(pool)
  const { kind, path, fileName, sourceId = null, format: asked = {}, period = null, currency = null } = file
  const { signal = new AbortController().signal, onProgress } = file
  const open = async (from: number) => createReadStream(path, { start: from })
  const work: Work = { pool, db, log, holder: randomUUID(), open, signal, onProgress }
  const id = newId('import')
  const format = { asked, period, currency }
  await insertImport(db, { id, kind, fileName: fileName.slice(0, 255), uploadId: null, sourceId, format })
  await carryOut(work, id)
  const made = await found(work, id)
  if (made.state !== 'duplicate' || made.duplicateOf === null) return made
  const first = made.duplicateOf
  const isFree = await becomesFree(work, first)
  if (isFree || sourceId !== null) await deleteImport(db, id)
  if (isFree) await carryOut(work, first)
  if (isFree) return found(work, first)
  return sourceId === null ? made : { ...(await found(work, first)), state: 'duplicate', duplicateOf: first }
}

async function carryOut(work: Work, id: ImportId): Promise<void> {
  try {
    await advance(work, id)
  } catch (error) {
    await letGoOfImport(work.db, id, work.holder).catch(() => {})
    throw error
  }
}

/** Whether an import of these bytes was broken off: who is at it has some time to show that they live. */
async function becomesFree({ db, signal }: Work, id: ImportId): Promise<boolean> {
  const until = performance.now() + patienceMs
  for (;;) {
    const standing = await standingOf(db, id)
    if (standing !== 'held' || performance.now() > until) return standing === 'free'
    await delay(500, undefined, { signal })
  }
}

async function found({ db }: Work, id: ImportId): Promise<Import> {
  const row = await findImport(db, id)
  if (row === undefined) throw new Error(`The import ${id} is gone.`)
  return shownImport(row)
}
