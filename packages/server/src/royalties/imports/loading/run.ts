import pg from 'pg'
import type { Db } from '../../../db/connect.ts'
import { ApiError } from '../../../errors.ts'
import type { ImportId } from '../../../ids.ts'
import { insertProblems } from '../problems/store.ts'
import { readBatches } from '../reading/batches.ts'
import { FileRefused } from '../reading/detect.ts'
import { cutterOf, keptFormat } from '../reading/format.ts'
import type { Batch } from '../reading/row.ts'
import { rowCodes } from '../schema.ts'
import { beginImport, findByDigest, type ImportRow, letGoOfImport, moveImport, takeImport } from '../store.ts'
import { end, fail, holdImport } from './ending.ts'
import { type Apply, loaderOf } from './loaders.ts'
import { look } from './look.ts'
import { type Session, withSession } from './session.ts'
import { settle } from './settle.ts'
import { Overtaken, type Work } from './work.ts'

/** How it stands when the work stops: whether there is more to do. */
export type Advance = 'ended' | 'more'

const mostProblems = 100_000
const batchBytes = { streams: 2_097_152, listeners: 262_144, tracks: 262_144 }

/**
 * Does an import, or as much of it as there is time for; what is done is committed, and gone on from. Does nothing where
 * somebody else is at it.
 */
export async function advance(work: Work, id: ImportId): Promise<Advance> {
  const taken = await takeImport(work.db, id, work.holder)
  if (taken === undefined) return 'ended'
  try {
    const row = taken.state === 'waiting' ? await begin(work, taken) : taken
    if (row === undefined) return 'ended'
    const isRead = row.loadedAt !== null || (await withSession(work.pool, (session) => load(work, session, row)))
    if (!isRead) {
      await letGoOfImport(work.db, id, work.holder)
      return 'more'
    }
    await withSession(work.pool, (session) => settle(work, session, row))
    return 'ended'
  } catch (error) {
    if (error instanceof Overtaken) return 'ended'
    if (!(error instanceof FileRefused)) throw error
    await fail(work, taken, error.code, error.message)
    return 'ended'
  }
}

/** Looks at the file; undefined where it was imported before. */
async function begin(work: Work, row: ImportRow): Promise<ImportRow | undefined> {
  const { digest, bytes, format } = await look(work, row)
  const { start } = format.found
  try {
    const begun = await beginImport(work.db, row.id, work.holder, { digest, format, bytes, start })
    if (begun === undefined) throw new Overtaken()
    return begun
  } catch (error) {
    if (!(error instanceof pg.DatabaseError && error.constraint === 'imports_digest')) throw error
    await duplicate(work, row, digest)
    return undefined
  }
}

async function duplicate({ db, holder }: Work, row: ImportRow, digest: Buffer): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const duplicateOf = (await findByDigest(tx, digest)) ?? null
    const problem = 'The same file was imported before, to be read in the same way.'
    await end(tx, await holdImport(tx, row, holder), {
      state: 'duplicate',
      code: 'FILE_IMPORTED',
      problem,
      duplicateOf,
    })
  })
}

/** Reads rows and takes them in, batch by batch, while the next one is prepared; whether it came to the end. */
async function load(work: Work, session: Session, row: ImportRow): Promise<boolean> {
  const format = keptFormat.parse(row.format)
  const prepare = await loaderOf(work.db, row, format)
  const source = await work.open(Number(row.bytesDone))
  if (source === undefined || format.found === null) throw new FileRefused('UNREADABLE', 'The file is gone.')
  const from = { bytes: Number(row.bytesDone), lines: row.linesDone }
  const reading = { source, from, cut: cutterOf(format.found), size: batchBytes[row.kind] }
  const state: State = { row, at: from.bytes, quarantined: row.rowsQuarantined }
  let pending: Promise<void> = Promise.resolve()
  try {
    for await (const batch of readBatches(reading)) {
      work.signal.throwIfAborted()
      const prepared = prepare(batch.rows)
      prepared.catch(() => {})
      await pending
      if (work.until !== undefined && performance.now() > work.until) {
        await prepared
        return false
      }
      pending = take({ work, session, state }, batch, await prepared)
      pending.catch(() => {})
    }
  } finally {
    await pending
  }
  return true
}

interface State {
  row: ImportRow
  /** Up to where its bytes are in. */
  at: number
  quarantined: number
}

interface Taking {
  work: Work
  session: Session
  state: State
}

async function take(taking: Taking, batch: Batch, apply: Apply): Promise<void> {
  const { work, session, state } = taking
  for (let tries = 3; ; tries--) {
    try {
      state.quarantined += await session.db.transaction().execute((tx) => takeOnce(tx, taking, batch, apply))
      break
    } catch (error) {
      // A period was shut between the look at it and its lock.
      if (tries === 1 || !isShut(error)) throw error
    }
  }
  state.at = batch.place.bytes
  work.onProgress?.({ bytesDone: state.at, bytes: Number(state.row.bytes) })
  if (state.quarantined > mostProblems) {
    const most = mostProblems.toLocaleString('en')
    throw new FileRefused('TOO_MANY_PROBLEMS', `More than ${most} rows were not taken: see the first of them.`)
  }
}

async function takeOnce(
  tx: Db,
  { work, session, state }: Taking,
  { bad, place }: Batch,
  apply: Apply,
): Promise<number> {
  // Nobody takes it over while this goes on, however long.
  await holdImport(tx, state.row, work.holder)
  const { accepted, flagged, bad: refused } = await apply(session, tx)
  const problems = [...bad, ...refused].map((row) => ({ ...row, message: rowCodes[row.code] }))
  await insertProblems(tx, state.row.id, problems)
  const step = { from: state.at, place, accepted, flagged, quarantined: problems.length }
  if (!(await moveImport(tx, state.row.id, work.holder, step))) throw new Overtaken()
  return problems.length
}

function isShut(error: unknown): boolean {
  if (error instanceof ApiError) return ['PERIOD_CLOSED', 'PERIOD_FROZEN'].includes(error.details.code)
  return error instanceof pg.DatabaseError && /^(RP00[12]|40P01)$/.test(error.code ?? '')
}
