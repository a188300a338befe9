import { createReadStream } from 'node:fs'
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import type { Db } from '../../../db/connect.ts'
import { newId, recordingFileId, type UploadId } from '../../../ids.ts'
import type { LongTask, TaskHelpers } from '../../../jobs/task.ts'
import type { Storage } from '../../../storage/storage.ts'
import { complete } from '../../../uploads/complete.ts'
import { receive } from '../../../uploads/receive.ts'
import { removeSoon } from '../../../uploads/remove.ts'
import { insertUpload } from '../../../uploads/store.ts'
import { holdUploads, keepUploads, releaseUploads } from '../../../uploads/uses/store.ts'
import { needsPreparing } from '../files/change.ts'
import { maxTries } from './soon.ts'
import { findUnprepared, lockRecordingOf, settleFile, type Unprepared } from './store.ts'
import { demuxerOf, type MediaTools } from './tools.ts'

interface Means {
  readonly db: Db
  readonly storage: Storage
  /** Undefined where they are not installed: files are played as they came. */
  readonly tools: () => Promise<MediaTools | undefined>
}

const timeoutMs = 5 * 60_000
/** What takes longer is not tried again: it would keep the files of others waiting. */
const patienceMs = timeoutMs - 30_000
const payload = z.object({ fileId: recordingFileId })
const folderPrefix = 'antiphon-media-'
/** Of the beginning and of the end of a file: as much as tells how long it plays. */
const windowBytes = 16_777_216
/** What only copies of the same can come to. */
const mostOf = (sizeBytes: number) => Math.ceil(sizeBytes * 1.25) + 1_048_576
const leastOf = (sizeBytes: number) => sizeBytes * 0.9

const damaged = 'The file seems to be damaged. It is kept as it came.'
const unprepared = 'Seeking could not be made quick. The file is kept as it came.'

type Result = { durationMs: number | null; problem: string | null; newUploadId?: UploadId }

/** Finds out how long files play; those of browsers get duration and seek points, by a copy that takes their place. */
export function prepareTask(means: Means): LongTask {
  return {
    timeoutMs,
    async run(given, { signal, attempt, log }) {
      const { fileId } = payload.parse(given)
      const file = await findUnprepared(means.db, fileId)
      if (file === undefined) return
      const tooLong = AbortSignal.timeout(patienceMs)
      try {
        await prepare(means, file, AbortSignal.any([signal, tooLong]))
      } catch (error) {
        if (signal.aborted || (!tooLong.aborted && attempt < maxTries)) throw error
        log.error({ err: error, fileId }, 'a file of a recording is not prepared')
        await settle(means.db, file, { durationMs: null, problem: needsPreparing(file.type) ? unprepared : null })
      }
    },
  }
}

async function prepare(means: Means, file: Unprepared, signal: AbortSignal): Promise<void> {
  const [tools, demuxer] = [await means.tools(), demuxerOf(file.type)]
  if (tools === undefined || demuxer === undefined) {
    await settle(means.db, file, { durationMs: null, problem: null })
    return
  }
  const folder = await mkdtemp(join(tmpdir(), folderPrefix))
  const made: UploadId[] = []
  try {
    const at: Work = { ...means, tools, demuxer, folder, signal, made }
    if (await settle(means.db, file, await look(at, file))) made.length = 0
  } finally {
    await rm(folder, { recursive: true, force: true })
    await letGo(means.db, made)
  }
}

interface Work extends Omit<Means, 'tools'> {
  readonly tools: MediaTools
  readonly demuxer: string
  readonly folder: string
  readonly signal: TaskHelpers['signal']
  /** Uploads that were begun, and that nothing shows so far. */
  readonly made: UploadId[]
}

async function look(at: Work, file: Unprepared): Promise<Result> {
  const { path, isWhole, hasSeekPoints, isFragmented } = await excerpt(at, file)
  const durationMs = await at.tools.duration(path, at.demuxer, at.signal)
  await rm(path)
  const needsCopy = needsPreparing(file.type) && (durationMs == null || !hasSeekPoints)
  if (needsCopy) return copy(at, file)
  if (durationMs === undefined) return { durationMs: null, problem: isWhole ? damaged : null }
  // Of parts that are not in the excerpt it would not know.
  return { durationMs: isFragmented && !isWhole ? null : durationMs, problem: null }
}

/** The beginning and the end of a file, with a hole between them: takes no more room, whatever the size of the file. */
async function excerpt({ storage, folder, signal }: Work, { uploadId, sizeBytes }: Unprepared) {
  const path = join(folder, 'excerpt')
  const isWhole = sizeBytes <= 2 * windowBytes
  const ranges = isWhole
    ? [{ start: 0, end: sizeBytes - 1 }]
    : [
        { start: 0, end: windowBytes - 1 },
        { start: sizeBytes - windowBytes, end: sizeBytes - 1 },
      ]
  const cues = Buffer.from('1c53bb6b', 'hex')
  let [hasSeekPoints, isFragmented] = [false, false]
  const file = await open(path, 'wx')
  try {
    for (const range of ranges) {
      let position = range.start
      for await (const chunk of await read(storage, uploadId, range)) {
        signal.throwIfAborted()
        await file.write(chunk, 0, chunk.length, position)
        position += chunk.length
        hasSeekPoints ||= chunk.includes(cues)
        isFragmented ||= chunk.includes('mvex')
      }
    }
  } finally {
    await file.close()
  }
  return { path, isWhole, hasSeekPoints, isFragmented }
}

async function copy(at: Work, file: Unprepared): Promise<Result> {
  const { storage, tools, demuxer, folder, signal } = at
  const path = join(folder, 'copy')
  // H.264 in WebM, as browsers may write it, fits Matroska alone.
  for (const muxer of file.type.endsWith('/webm') ? ['webm', 'matroska'] : ['matroska']) {
    const maxBytes = mostOf(file.sizeBytes)
    const input = await read(storage, file.uploadId)
    if (!(await tools.remux(input, { path, demuxer, muxer, maxBytes, signal }))) continue
    const { size } = await stat(path)
    if (size < leastOf(file.sizeBytes) || size >= maxBytes) break
    const durationMs = await tools.duration(path, demuxer, signal)
    if (durationMs == null) break
    return { durationMs, problem: null, newUploadId: await store(at, file, path, size) }
  }
  return { durationMs: null, problem: damaged }
}

/** Puts the copy into the storage, as an upload like any other. The quota does not count: another one goes for it. */
async function store(at: Work, file: Unprepared, path: string, sizeBytes: number): Promise<UploadId> {
  const { ownerId, name, type } = file
  const id = newId('upload')
  const upload = await insertUpload(at.db, { id, ownerId, name, type, sizeBytes, sha256: null })
  at.made.push(id)
  await receive(at, { upload, offset: 0, body: createReadStream(path, { signal: at.signal }) })
  await complete(at, id)
  return id
}

/** Says what came out; false where the file is gone, or another one by now. */
function settle(db: Db, file: Unprepared, result: Result): Promise<boolean> {
  const { id, uploadId } = file
  const { newUploadId } = result
  return db.transaction().execute(async (tx) => {
    if (!(await lockRecordingOf(tx, id))) return false
    const both = newUploadId === undefined ? [uploadId] : [uploadId, newUploadId]
    const there = await holdUploads(tx, both)
    if (newUploadId !== undefined && !there.has(newUploadId)) throw new Error('The copy is gone.')
    if (!(await settleFile(tx, { id, uploadId, ...result }))) return false
    if (newUploadId === undefined) return true
    await releaseUploads(tx, [uploadId])
    await keepUploads(tx, [newUploadId])
    await removeSoon(tx)
    return true
  })
}

/** Lets go of copies that nothing shows: of those that one does, their removal knows. */
async function letGo(db: Db, made: readonly UploadId[]): Promise<void> {
  if (made.length === 0) return
  await db.transaction().execute(async (tx) => {
    await releaseUploads(tx, made)
    await removeSoon(tx)
  })
}

async function read(storage: Storage, id: UploadId, range?: { start: number; end: number }) {
  const bytes = await storage.read(id, range)
  if (bytes === undefined) throw new Error('The bytes of a file are missing in the storage.')
  return bytes
}

const abandonedMs = 3_600_000

/** Removes what processes left that were killed at work. */
export async function removeAbandoned(now = Date.now()): Promise<void> {
  const names = (await readdir(tmpdir())).filter((name) => name.startsWith(folderPrefix))
  for (const name of names) {
    const path = join(tmpdir(), name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }))
    if (now - mtimeMs > abandonedMs) await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}
