import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import type { Logger } from 'pino'
import type { Db } from '../../db/connect.ts'
import { importFile } from '../imports/loading/file.ts'
import { refusalOf } from './address.ts'
import { FetchFailure, type FetchMeans, fetchFile } from './fetchFile.ts'
import { pauseMinutes } from './schedule.ts'
import { type Outcome, reading } from './schema.ts'
import { holdDue, keepHolding, letGo, noteResult, type SourceRecord } from './store.ts'

export interface SourcesOptions {
  db: Db
  pool: pg.Pool
  log: Logger
  fetching: FetchMeans
}

export interface Sources {
  /** Why nothing is fetched from an address; undefined where it is worth a try. */
  refusalOf(address: string): string | undefined
  /** A source may be due. */
  wake(): void
  close(): Promise<void>
}

const lookEveryMs = 30_000
/** Whoever holds a source and dies is followed after this time. */
const holdMs = 90_000
const atOnce = 3
const longestStopMs = 5_000

/** Fetches what is due of the sources of imports, each by one instance at a time. */
export function createSources({ db, pool, log, fetching }: SourcesOptions): Sources {
  const stopping = new AbortController()
  const running = new Set<Promise<void>>()

  const fetchNext = async (): Promise<boolean> => {
    const hold = { holder: randomUUID(), forMs: holdMs }
    const source = await holdDue(db, hold)
    if (source === undefined) return false
    const lost = new AbortController()
    const signal = AbortSignal.any([stopping.signal, lost.signal])
    const keeping = setInterval(() => {
      keepHolding(db, source.id, hold).then(
        (isOurs) => isOurs || lost.abort(),
        () => {},
      )
    }, holdMs / 3)
    try {
      const tried = await tryOnce({ pool, log, fetching }, source, signal)
      await noteResult(db, source.id, hold.holder, resultOf(source, tried))
    } catch (error) {
      if (!signal.aborted) throw error
      await letGo(db, source.id, hold.holder)
    } finally {
      clearInterval(keeping)
    }
    return true
  }

  const fetchAll = async () => {
    while (!stopping.signal.aborted && (await fetchNext())) {}
  }
  const wake = () => {
    while (running.size < atOnce && !stopping.signal.aborted) {
      const lane: Promise<void> = fetchAll()
        .catch((error: unknown) => log.debug({ err: error }, 'sources are looked at later'))
        .finally(() => running.delete(lane))
      running.add(lane)
    }
  }
  const timer = setInterval(wake, lookEveryMs).unref()
  wake()
  return {
    refusalOf: (address) =>
      URL.canParse(address) ? refusalOf(new URL(address), fetching.ownHosts) : 'This is not an address.',
    wake,
    async close() {
      stopping.abort()
      clearInterval(timer)
      const tooLong = new Promise((resolve) => setTimeout(resolve, longestStopMs).unref())
      await Promise.race([Promise.allSettled(running), tooLong])
    },
  }
}

interface Tried {
  code: Outcome
  message: string | null
  importId: SourceRecord['lastImportId']
  /** Of the file that is imported now; one that was not may be there again. */
  etag: string | null
}

/** Fetches a source, and imports what is new. */
async function tryOnce(
  { pool, log, fetching }: Omit<SourcesOptions, 'db'>,
  source: SourceRecord,
  signal: AbortSignal,
): Promise<Tried> {
  const { id: sourceId, url, etag, lastImportId } = source
  const directory = await mkdtemp(join(tmpdir(), 'antiphon-source-'))
  try {
    const path = join(directory, 'file')
    const fetched = await fetchFile(fetching, { url, etag, path, signal })
    if (fetched === undefined) return { code: 'UNCHANGED', message: null, importId: lastImportId, etag }
    const { format, currency } = reading.parse(source.reading)
    const file = { kind: source.kind, path, fileName: fileNameOf(url), format, ...(currency !== null && { currency }) }
    const made = await importFile({ pool, log }, { ...file, sourceId, signal })
    if (made.state === 'failed') {
      return { code: 'IMPORT_FAILED', message: made.problem, importId: made.id, etag: null }
    }
    const isKnown = made.state === 'duplicate'
    const importId = made.duplicateOf ?? made.id
    return { code: isKnown ? 'UNCHANGED' : 'IMPORTED', message: null, importId, etag: fetched.etag }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof FetchFailure) {
      log.info({ sourceId, code: error.code, reason: error.message }, 'a source was not fetched')
      return { code: error.code, message: error.message, importId: null, etag }
    }
    log.error({ sourceId, err: error }, 'a source was not imported')
    return { code: 'IMPORT_FAILED', message: 'A fault of the server, which is in its log.', importId: null, etag: null }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function resultOf({ everyMinutes, failures: before }: SourceRecord, tried: Tried) {
  const failures = ['IMPORTED', 'UNCHANGED'].includes(tried.code) ? 0 : before + 1
  return { ...tried, failures, afterMinutes: pauseMinutes({ everyMinutes, failures }) }
}

/** The last part of the path, as people would call the file. */
function fileNameOf(url: string): string {
  const { hostname, pathname } = new URL(url)
  const name = pathname.split('/').findLast((part) => part !== '') ?? hostname
  return name.replaceAll(/[^\w.~-]/g, '_').slice(0, 200)
}
