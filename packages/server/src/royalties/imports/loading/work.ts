import type pg from 'pg'
import type { Logger } from 'pino'
import type { Db } from '../../../db/connect.ts'
import type { ImportId } from '../../../ids.ts'
import { keepImport } from '../store.ts'

/** The bytes of a file from one on; undefined where the file is gone. */
export type OpenFile = (from: number) => Promise<AsyncIterable<Uint8Array> | undefined>

/** What an import is done with. */
export interface Work {
  readonly pool: pg.Pool
  readonly db: Db
  readonly log: Logger
  /** Who does it: nobody else at the same time. */
  readonly holder: string
  readonly open: OpenFile
  readonly signal: AbortSignal
  /** When it is to stop and leave the rest for later; in milliseconds of `performance.now()`. */
  readonly until?: number | undefined
  readonly onProgress?: ((progress: { bytesDone: number; bytes: number }) => void) | undefined
}

/** Another one is at the import by now. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
}

const keepEveryMs = 5_000

/** Says now and then that the import is being worked at, where nothing is written meanwhile. */
export function keeper({ db, holder }: Pick<Work, 'db' | 'holder'>, id: ImportId): () => Promise<void> {
  let keptAt = performance.now()
  return async () => {
    if (performance.now() - keptAt < keepEveryMs) return
    keptAt = performance.now()
    if (!(await keepImport(db, id, holder))) throw new Overtaken()
  }
}
