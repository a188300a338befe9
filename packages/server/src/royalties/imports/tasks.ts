import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type pg from 'pg'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Db } from '../../db/connect.ts'
import { type ImportId, importId, type UploadId } from '../../ids.ts'
import { enqueue } from '../../jobs/enqueue.ts'
import type { LongTask, TaskHelpers, Tasks } from '../../jobs/task.ts'
import type { Storage } from '../../storage/storage.ts'
import { fail } from './loading/ending.ts'
import { advance } from './loading/run.ts'
import type { OpenFile } from './loading/work.ts'
import { findImport, isUnfinished, letGoOfImport, strandedImports } from './store.ts'

interface Dependencies {
  readonly db: Db
  readonly pool: pg.Pool
  readonly log: Logger
  readonly storage: Storage
}

const payload = z.object({ importId })
/** Then others have their turn. */
const turnMs = 30_000
/** A turn, and settling what is many rows. */
const timeoutMs = 15 * 60_000
const maxTries = 6
const retryWithinMs = 15 * 60_000

/** Has an import done, or gone on with, in the background. */
export function importSoon(tx: Db, id: ImportId): Promise<void> {
  return enqueue(tx, 'royalties.import', { importId: id }, { key: `import:${id}`, maxAttempts: maxTries })
}

/** What is done for imports in the background. */
export function importTasks(means: Dependencies): Tasks {
  return { 'royalties.import': importTask(means), 'royalties.imports': () => followUp(means) }
}

/** And when by the clock. */
export const importSchedule = [{ task: 'royalties.imports', cron: '* * * * *' }]

function importTask({ db, pool, log, storage }: Dependencies): LongTask {
  return {
    timeoutMs,
    async run(given, { signal, attempt }: TaskHelpers) {
      const { importId: id } = payload.parse(given)
      const row = await findImport(db, id)
      if (row === undefined || !isUnfinished(row) || row.uploadId === null) return
      const holder = randomUUID()
      const work = { db, pool, log, holder, signal, open: openUpload(storage, row.uploadId) }
      try {
        const reached = await advance({ ...work, until: performance.now() + turnMs }, id)
        if (reached === 'more') await importSoon(db, id)
      } catch (error) {
        if (signal.aborted) await letGoOfImport(db, id, holder)
        else if (attempt < maxTries) await letGoOfImport(db, id, holder, retryWithinMs)
        else await fail({ db }, row, 'INTERRUPTED', 'The server failed at it again and again; its log says why.')
        throw error
      }
    },
  }
}

function openUpload(storage: Storage, id: UploadId): OpenFile {
  return async (from) => {
    const size = await storage.size(id)
    if (size === undefined || from === 0) return storage.read(id)
    return from >= size ? Readable.from([]) : storage.read(id, { start: from, end: size - 1 })
  }
}

/** Goes on with imports whose server is gone, and ends those of files that nobody has brought again. */
async function followUp({ db }: Dependencies): Promise<void> {
  for (const { id, uploadId } of await strandedImports(db)) {
    if (uploadId !== null) {
      await importSoon(db, id)
      continue
    }
    const row = await findImport(db, id)
    if (row !== undefined)
      await fail({ db }, row, 'INTERRUPTED', 'It was broken off and not begun again within ten minutes.')
  }
}
