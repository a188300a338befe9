import type { Logger } from 'pino'
import type { z } from 'zod'
import type { Db } from '../../../db/connect.ts'
import { ApiError } from '../../../errors.ts'
import { newId, type RecordingFileId } from '../../../ids.ts'
import type { LongTask, TaskHelpers } from '../../../jobs/task.ts'
import { type MeetingProvider, ProviderError, type RecordingFile } from '../../../providers/provider.ts'
import { isConnection, type Providers } from '../../../providers/registry.ts'
import type { Storage } from '../../../storage/storage.ts'
import { complete } from '../../../uploads/complete.ts'
import { receive } from '../../../uploads/receive.ts'
import { removeSoon } from '../../../uploads/remove.ts'
import { findUpload, insertUpload, type UploadRecord } from '../../../uploads/store.ts'
import { holdUploads, keepUploads, releaseUploads } from '../../../uploads/uses/store.ts'
import { outcomeOf } from '../../rooms/outcome.ts'
import { needsPreparing } from '../files/change.ts'
import { noteFilled } from '../files/store.ts'
import { prepareSoon } from '../preparing/soon.ts'
import { lockRecordingOf } from '../preparing/store.ts'
import { listOf } from './discover.ts'
import { broken, fetchFile } from './fetch.ts'
import { copyPayload, copySoon, maxTries } from './soon.ts'
import { type Copy, findCopy, finishCopy, noteCopy, setCopyUpload } from './store.ts'

interface Means {
  readonly db: Db
  readonly storage: Storage
  readonly providers: Providers
  /** How long one file is copied before others have their turn; a minute unless given. */
  readonly turnMs?: number
}

const timeoutMs = 5 * 60_000
const soonMs = 1_000
const maxSpoilt = 3

type Job = z.infer<typeof copyPayload>

interface Work extends Means {
  readonly job: Job
  readonly copy: Copy
  readonly helpers: TaskHelpers
}

/** Copies files of providers into the storage, going on from where it has them. */
export function copyTask(means: Means): LongTask {
  return {
    timeoutMs,
    async run(given, helpers) {
      const job = copyPayload.parse(given)
      const copy = await findCopy(means.db, job.fileId)
      if (copy === undefined) return
      if (copy.removedAt !== null) return void (await startAnew(means.db, copy))
      const work = { ...means, job, copy, helpers }
      try {
        await takeTurn(work)
      } catch (error) {
        await afterFailure(work, error)
      }
    },
  }
}

async function takeTurn(work: Work): Promise<void> {
  const { db, providers, job, helpers } = work
  const provider = await providers.ofSource(work.copy.source)
  if (provider === undefined) {
    const message = isConnection(work.copy.source)
      ? 'The account of the meeting is not connected any more.'
      : `The server has no provider "${work.copy.source}".`
    throw new ProviderError({ kind: 'unsupported', capability: 'recordings' }, message)
  }
  // Asked for each time: the addresses that providers give end after a while.
  const listed = (await listOf(provider, job.room, helpers.signal)).find(({ id }) => id === work.copy.externalId)
  if (listed === undefined) {
    throw new ProviderError({ kind: 'notFound' }, 'The provider does not have the file any more.')
  }
  const known = work.copy.uploadId === null ? undefined : await findUpload(db, work.copy.uploadId)
  const isSame = known !== undefined && [null, known.sizeBytes].includes(listed.sizeBytes)
  if (known !== undefined && !isSame) await startAnew(db, work.copy)
  const copy = isSame ? work.copy : { ...work.copy, uploadId: null }
  const upload = await fetchMore({ ...work, copy }, { provider, listed, known: isSame ? known : undefined })
  if (upload === undefined) return
  if (upload.receivedBytes < upload.sizeBytes) {
    await noteCopy(db, job.fileId, { state: 'copying', problem: null })
    return copySoon(db, job, new Date(Date.now() + soonMs))
  }
  await complete(work, upload.id)
  await finish(db, copy, upload)
}

interface Source {
  provider: MeetingProvider
  listed: RecordingFile
  /** What there is of it already. */
  known: UploadRecord | undefined
}

/** Copies some of a file; how far it is then, or undefined where nobody wants it any more. */
async function fetchMore(work: Work, { provider, listed, known }: Source): Promise<UploadRecord | undefined> {
  const { db, copy, helpers, turnMs = 60_000 } = work
  const offset = known?.receivedBytes ?? 0
  if (known !== undefined && offset >= known.sizeBytes) return known
  let uploadId = known?.id
  const isWanted = async () => {
    const now = await findCopy(db, copy.id)
    return now !== undefined && now.uploadId === uploadId && now.removedAt === null
  }
  const { signal } = helpers
  const fetched = await fetchFile(provider, listed, { offset, turnMs, signal, isWanted })
  const upload = known ?? (await begin(db, copy, listed, listed.sizeBytes ?? fetched.sizeBytes))
  if (upload === undefined) return undefined
  uploadId = upload.id
  const part = { upload, offset: fetched.offset === 0 ? ('anew' as const) : offset, body: fetched.body }
  const before = fetched.offset
  try {
    await receive(work, part)
  } catch (error) {
    const now = await findUpload(db, upload.id)
    // It broke off, but came further than it was: it goes on, as often as that happens.
    if (!(error instanceof ProviderError) || now === undefined || now.receivedBytes <= before) throw error
    return now
  }
  const now = await findUpload(db, upload.id)
  if (now?.receivedBytes === before) throw broken('The provider sent less than the file has.')
  return now
}

/** Makes room for the bytes, whatever the quota says: what was recorded is not to be lost for that. */
async function begin(db: Db, copy: Copy, { type, sha256 }: RecordingFile, sizeBytes: number | null) {
  if (sizeBytes === null) {
    throw new ProviderError({ kind: 'bug' }, 'The provider does not tell how large the file is.')
  }
  if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1) {
    throw new ProviderError({ kind: 'bug' }, 'The provider says that the file is empty.')
  }
  const digest = sha256 === null ? null : Buffer.from(sha256, 'hex')
  return db.transaction().execute(async (tx) => {
    if (!(await lockRecordingOf(tx, copy.id))) return undefined
    const { ownerId, name } = copy
    const upload = await insertUpload(tx, {
      ...{ id: newId('upload'), ownerId, name, type: type.slice(0, 100), sizeBytes },
      sha256: digest?.length === 32 ? digest : null,
    })
    const isTaken = await setCopyUpload(tx, copy, upload.id)
    if (!isTaken) throw new ApiError('UPLOAD_BUSY')
    return upload
  })
}

/** The file is the recording's from now on. */
async function finish(db: Db, { id, recordingId }: Copy, { id: uploadId, type }: UploadRecord): Promise<void> {
  await db.transaction().execute(async (tx) => {
    if (!(await lockRecordingOf(tx, id)) || !(await holdUploads(tx, [uploadId])).has(uploadId)) return
    if (!(await finishCopy(tx, { id, uploadId }, needsPreparing(type) ? 'preparing' : 'ready'))) return
    await keepUploads(tx, [uploadId])
    await noteFilled(tx, recordingId)
    await prepareSoon(tx, id)
  })
}

/** Lets go of what there is of a copy. */
async function startAnew(db: Db, copy: Copy): Promise<void> {
  const { uploadId } = copy
  if (uploadId === null) return
  await db.transaction().execute(async (tx) => {
    if (!(await lockRecordingOf(tx, copy.id)) || !(await setCopyUpload(tx, copy, null))) return
    await releaseUploads(tx, [uploadId])
    await removeSoon(tx)
  })
}

const spoiltWords: Readonly<Record<string, string>> = {
  UPLOAD_CHECKSUM: 'What the provider sent does not match its checksum.',
  UPLOAD_TYPE: 'What the provider sent is not what it says that it is.',
  TOO_LARGE: 'The provider sent more bytes than it had announced.',
}

/** What comes after a try that failed, and how the owner is told of it. */
async function afterFailure({ db, job, helpers }: Work, error: unknown): Promise<void> {
  const { fileId } = job
  const code = error instanceof ApiError ? error.details.code : ''
  const spoilt = spoiltWords[code]
  if (spoilt !== undefined) return spoiltOnce({ db, job, log: helpers.log }, spoilt)
  if (code === 'NOT_FOUND' || (await findCopy(db, fileId)) === undefined) return
  if (code === 'UPLOAD_BUSY') return copySoon(db, job, new Date(Date.now() + 20 * soonMs))
  const isFull = code === 'STORAGE_FULL'
  const failure = isFull ? new ProviderError({ kind: 'transient' }, 'The server has no room for more files.') : error
  if (!(failure instanceof ProviderError)) throw error
  const { kind } = failure.problem
  // Credentials are mended, and answers that nobody expected make way for others: there are two days for that.
  const isMended = ['unauthorized', 'forbidden'].includes(kind) || (kind === 'bug' && failure.cause !== undefined)
  const weighed = isMended ? new ProviderError({ kind: 'transient' }, failure.message) : failure
  const { next, problem } = outcomeOf(weighed, helpers.attempt >= maxTries, new Date())
  helpers.log.warn({ fileId, kind, err: failure.cause }, failure.message)
  if (next.kind === 'never') return giveUp(db, fileId, problem)
  await noteCopy(db, fileId, { state: 'copying', problem })
  if (next.kind === 'again') throw error
  await copySoon(db, job, next.at)
}

async function giveUp(db: Db, fileId: RecordingFileId, problem: string): Promise<void> {
  const copy = await findCopy(db, fileId)
  if (copy !== undefined) await startAnew(db, copy)
  await noteCopy(db, fileId, { state: 'failed', problem })
}

/** All bytes were there, and wrong: once more from the beginning, but not for ever. */
async function spoiltOnce({ db, job, log }: { db: Db; job: Job; log: Logger }, words: string): Promise<void> {
  const spoilt = job.spoilt + 1
  const { fileId } = job
  log.warn({ fileId, spoilt }, words)
  if (spoilt >= maxSpoilt) return giveUp(db, fileId, words)
  const copy = await findCopy(db, fileId)
  if (copy === undefined) return
  await startAnew(db, copy)
  await noteCopy(db, fileId, { state: 'copying', problem: `${words} It is tried again.` })
  await copySoon(db, { ...job, spoilt }, new Date(Date.now() + 20 * soonMs))
}
