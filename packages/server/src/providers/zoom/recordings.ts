import type { CallOptions, MeetingProvider, RecordingFile } from '../provider.ts'
import type { ZoomApi } from './api/client.ts'
import { pathPart, type ZoomUrls } from './api/urls.ts'
import { download, gone } from './download.ts'
import { unlessMissing } from './facts.ts'
import { instances, nothing, type Recordings, recordings } from './shapes.ts'

type Cloud = Required<Pick<MeetingProvider, 'recordings' | 'fetchRecording' | 'deleteRecording'>>

/** Where the bytes of a file are, and what lets us have them. */
interface Source {
  readonly url: string
  readonly token: string | undefined
}

/** As far back as a series is looked through: what is older was found before. */
const maxInstances = 50
const maxSources = 500
const tokenSeconds = 3_600

/** The recordings in Zoom's cloud. */
export function createRecordings(api: ZoomApi, urls: ZoomUrls): Cloud {
  const sources = new Map<string, Source>()
  /** Of one run of a meeting, or of its last one where it is named by its number. */
  const read = async (meeting: string, { signal }: CallOptions): Promise<Recordings | undefined> => {
    const path = `/meetings/${pathPart(meeting)}/recordings`
    const query = { include_fields: 'download_access_token', ttl: String(tokenSeconds) }
    const told = await unlessMissing(api.call(recordings, { category: 'light', path, query, signal }))
    for (const { id, download_url } of told?.data.recording_files ?? []) {
      if (told === undefined || id === undefined || download_url === undefined) continue
      if (sources.size >= maxSources) sources.clear()
      sources.set(idOf(told.data.uuid, id), { url: download_url, token: told.data.download_access_token })
    }
    return told?.data
  }
  const sourceOf = async (file: RecordingFile, options: CallOptions) => {
    if (!sources.has(file.id)) await read(partsOf(file.id).uuid, options)
    return sources.get(file.id)
  }
  return {
    async *recordings(meeting, options) {
      const last = await read(meeting, options)
      const uuids = await instancesOf(api, meeting, options)
      const runs = [...uuids.filter((uuid) => uuid !== last?.uuid).slice(-maxInstances)]
      for (const uuid of runs) yield* filesOf(await read(uuid, options))
      yield* filesOf(last)
    },
    async fetchRecording(file, { offset, signal }) {
      const known = sources.has(file.id)
      const fetchNow = async () => {
        const source = await sourceOf(file, { signal })
        if (source === undefined) return gone()
        return download(source.url, { urls, offset, signal, token: source.token ?? (await api.token()) })
      }
      const fetched = await fetchNow()
      if (!('problem' in fetched)) return fetched
      // What lets us have it ends after a while.
      sources.delete(file.id)
      const again = known && fetched.problem.kind !== 'transient' ? await fetchNow() : fetched
      if ('problem' in again) throw again
      return again
    },
    async deleteRecording(file, { signal }) {
      const { uuid, id } = partsOf(file.id)
      const path = `/meetings/${pathPart(uuid)}/recordings/${pathPart(id)}`
      const call = { category: 'light', method: 'DELETE', path, query: { action: 'trash' }, signal } as const
      await unlessMissing(api.call(nothing, call))
      sources.delete(file.id)
    },
  }
}

/** A file is named by the run it was recorded in, too: all that is asked of Zoom about it names both. */
const idOf = (uuid: string, id: string) => `${uuid}:${id}`

function partsOf(name: string): { uuid: string; id: string } {
  const at = name.lastIndexOf(':')
  return { uuid: name.slice(0, Math.max(at, 0)), id: name.slice(at + 1) }
}

/** The runs of a meeting, the oldest first. */
async function instancesOf(api: ZoomApi, meeting: string, { signal }: CallOptions): Promise<string[]> {
  const path = `/past_meetings/${pathPart(meeting)}/instances`
  const told = await unlessMissing(api.call(instances, { category: 'medium', path, signal }))
  const runs = told?.data.meetings ?? []
  return runs.toSorted((a, b) => Number(a.start_time ?? 0) - Number(b.start_time ?? 0)).map(({ uuid }) => uuid)
}

const types: Readonly<Record<string, string>> = {
  MP4: 'video/mp4',
  M4A: 'audio/mp4',
  CHAT: 'text/plain',
  TRANSCRIPT: 'text/vtt',
  CC: 'text/vtt',
  CSV: 'text/csv',
  TIMELINE: 'application/json',
  SUMMARY: 'application/json',
}

function* filesOf(told: Recordings | undefined): Generator<RecordingFile> {
  for (const file of told?.recording_files ?? []) {
    const { id, status, file_type = '', file_size, recording_start, recording_end, recording_type } = file
    const recordedAt = recording_start ?? told?.start_time
    if (told === undefined || id === undefined || recordedAt === undefined) continue
    if (status !== undefined && status !== 'completed') continue
    const extension = (file.file_extension ?? file_type).toLowerCase()
    const kind = recording_type === undefined ? '' : ` (${recording_type.replaceAll('_', ' ')})`
    const lengthMs = Number(recording_end) - Number(recording_start)
    yield {
      id: idOf(told.uuid, id),
      name: `${told.topic ?? 'Recording'}${kind}${extension === '' ? '' : `.${extension}`}`,
      type: types[file_type.toUpperCase()] ?? 'application/octet-stream',
      sizeBytes: file_size != null && Number.isSafeInteger(file_size) ? file_size : null,
      sha256: null,
      recordedAt,
      durationSeconds: lengthMs >= 0 ? lengthMs / 1_000 : null,
    }
  }
}
