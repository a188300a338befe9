import type { Db } from '../../../db/connect.ts'
import { type MeetingId, meetingId, newId } from '../../../ids.ts'
import { enqueue, enqueueAll } from '../../../jobs/enqueue.ts'
import { ask } from '../../../providers/ask.ts'
import { type MeetingProvider, ProviderError, type RecordingFile } from '../../../providers/provider.ts'
import type { Providers } from '../../../providers/registry.ts'
import { labelOf } from '../../../uploads/names.ts'
import { isMedia } from '../files/change.ts'
import { countFiles } from '../files/store.ts'
import { maxFiles } from '../schema.ts'
import { lockRecording } from '../store.ts'
import { copySoon } from './soon.ts'
import { endedMeetings, findRecorded, insertFound } from './store.ts'

export const discoverTask = 'recordings.discover'

const patienceMs = 30_000
/** What a provider says of one room is read no further. */
const maxListed = 1_000
const maxMeetings = 1_000
const maxIdLength = 500

const keyOf = (id: MeetingId) => `${discoverTask}:${id}`

/** Has the provider of a meeting asked which files it has recorded; those that are new are copied. */
export function discoverSoon(db: Db, meetingId: MeetingId): Promise<void> {
  return enqueue(db, discoverTask, { meetingId }, { key: keyOf(meetingId), maxAttempts: 3 })
}

/** Has all providers asked whose meetings are over: every few minutes in the first hour, then every hour for a day. */
export async function discoverEnded(db: Db, providers: Providers, now = new Date()): Promise<void> {
  const ids = providers.able('recordings')
  if (ids.length === 0) return
  const meetings = await endedMeetings(db, ids, now.getUTCMinutes() < 5 ? 'day' : 'hour', maxMeetings)
  await enqueueAll(
    db,
    discoverTask,
    meetings.map((meetingId) => ({ payload: { meetingId }, key: keyOf(meetingId) })),
  )
}

interface Means {
  readonly db: Db
  readonly providers: Providers
}

/** Adds what a provider has recorded in the room of a meeting to its recording. */
export async function discover({ db, providers }: Means, given: unknown, signal: AbortSignal): Promise<void> {
  const id = meetingId.parse((given as { meetingId?: unknown } | null)?.meetingId)
  const meeting = await findRecorded(db, id)
  const provider = meeting && (await providers.ofSource(meeting.source))
  if (meeting === undefined || provider?.recordings === undefined) return
  const { recordingId, room, source } = meeting
  const listed = (await listOf(provider, room, signal)).filter(
    ({ id, type }) => isMedia(type) && id.length <= maxIdLength,
  )
  await db.transaction().execute(async (tx) => {
    if (listed.length === 0 || (await lockRecording(tx, recordingId)) === undefined) return
    const space = maxFiles - (await countFiles(tx, recordingId))
    const now = Date.now()
    const files = listed.map((file, at) => ({
      ...{ id: newId('recordingFile', now + at), recordingId, source, externalId: file.id },
      ...{ name: nameOf(file), recordedAt: file.recordedAt },
      durationMs: durationOf(file),
    }))
    const added = await insertFound(tx, files.slice(0, Math.max(space, 0)))
    for (const fileId of added) await copySoon(tx, { fileId, room })
  })
}

/** The files that a provider has of a room. */
export function listOf(provider: MeetingProvider, room: string, signal: AbortSignal): Promise<RecordingFile[]> {
  const list = async (options: { signal: AbortSignal }) => {
    const files: RecordingFile[] = []
    if (provider.recordings === undefined) {
      throw new ProviderError({ kind: 'unsupported', capability: 'recordings' }, 'The provider gives no recordings.')
    }
    for await (const file of provider.recordings(room, options)) {
      if (files.push(file) === maxListed) break
    }
    return files
  }
  return ask(list, { timeoutMs: patienceMs, signal })
}

function durationOf({ durationSeconds }: RecordingFile): number | null {
  return durationSeconds !== null && durationSeconds >= 0 && durationSeconds < 1e7
    ? Math.round(durationSeconds * 1_000)
    : null
}

function nameOf({ name }: RecordingFile): string {
  return labelOf([...name.toWellFormed()].slice(0, 255).join('')) || 'Recording'
}
