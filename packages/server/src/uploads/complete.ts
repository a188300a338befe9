import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { Db } from '../db/connect.ts'
import { ApiError } from '../errors.ts'
import type { UploadId } from '../ids.ts'
import type { Storage } from '../storage/storage.ts'
import { asWriter, busy } from './receive.ts'
import { completeUpload, findUpload, noteReceived, type UploadRecord } from './store.ts'
import { type FileKind, headBytes, inspect } from './types.ts'

/**
 * Looks at all that was uploaded and completes it. Done again, it gives the same.
 * @throws NOT_FOUND, UPLOAD_INCOMPLETE, UPLOAD_BUSY, UPLOAD_CHECKSUM, UPLOAD_TYPE
 */
export async function complete({ db, storage }: { db: Db; storage: Storage }, id: UploadId): Promise<UploadRecord> {
  const upload = await findUpload(db, id)
  if (upload === undefined) throw new ApiError('NOT_FOUND')
  if (upload.completedAt !== null) return upload
  const { receivedBytes, growing } = upload
  const sizeBytes = growing ? receivedBytes : upload.sizeBytes
  if (receivedBytes < sizeBytes || sizeBytes === 0) {
    const all = growing ? '' : ` of ${sizeBytes.toLocaleString('en')}`
    throw new ApiError('UPLOAD_INCOMPLETE', { message: `${receivedBytes.toLocaleString('en')}${all} bytes are there.` })
  }
  try {
    return await asWriter(db, { id, offset: sizeBytes }, async (writer) => {
      if (growing) await end({ db, storage, writer }, upload)
      const found = await check({ db, storage, writer }, { ...upload, sizeBytes })
      return (await completeUpload(db, id, writer, found)) ?? refuse('UPLOAD_BUSY')
    })
  } catch (error) {
    // Somebody else was quicker.
    const now = error instanceof ApiError && error.details.code === 'UPLOAD_COMPLETE' && (await findUpload(db, id))
    if (now) return now
    throw error
  }
}

interface Checking {
  db: Db
  storage: Storage
  writer: string
}

/** Has the storage make a whole of what came. */
async function end({ db, storage, writer }: Checking, { id, receivedBytes, sizeBytes }: UploadRecord): Promise<void> {
  for await (const kept of storage.end(id, { offset: receivedBytes, size: sizeBytes })) {
    if (!(await noteReceived(db, id, writer, kept))) throw busy()
    if (kept < receivedBytes) throw new ApiError('UPLOAD_INCOMPLETE')
  }
}

async function check(at: Checking, { id, sizeBytes, sha256, type }: UploadRecord): Promise<FileKind> {
  const size = (await at.storage.size(id)) ?? 0
  if (size < sizeBytes) {
    await noteReceived(at.db, id, at.writer, size)
    throw new ApiError('UPLOAD_INCOMPLETE')
  }
  if (sha256 !== null && !(await digestOf(at, id, sizeBytes)).equals(sha256)) refuse('UPLOAD_CHECKSUM')
  const head = await at.storage.read(id, { start: 0, end: Math.min(headBytes, sizeBytes) - 1 })
  const bytes: Buffer[] = []
  for await (const chunk of head ?? []) bytes.push(chunk)
  return (await inspect(Buffer.concat(bytes), type)) ?? refuse('UPLOAD_TYPE')
}

const sayEveryMs = 10_000

/** Long files take their time: it is said now and then that somebody still is at it. */
async function digestOf({ db, storage, writer }: Checking, id: UploadId, size: number): Promise<Buffer> {
  const hash = createHash('sha256')
  let saidAt = performance.now()
  const file: Readable | undefined = await storage.read(id)
  for await (const chunk of file ?? []) {
    hash.update(chunk)
    if (performance.now() - saidAt < sayEveryMs) continue
    if (!(await noteReceived(db, id, writer, size))) throw busy()
    saidAt = performance.now()
  }
  return hash.digest()
}

function refuse(code: 'UPLOAD_BUSY' | 'UPLOAD_CHECKSUM' | 'UPLOAD_TYPE'): never {
  throw code === 'UPLOAD_BUSY' ? busy() : new ApiError(code)
}
