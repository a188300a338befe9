import { type MeetingProvider, ProviderError, type RecordingFile } from '../../../providers/provider.ts'

/** What a program that embeds the server writes for it. */
export function providerOf(url: string): MeetingProvider {
  const problem = ({ status }: Response) => {
    const kind =
      status === 404 ? ('notFound' as const) : status === 401 ? ('unauthorized' as const) : ('transient' as const)
    return new ProviderError({ kind }, `The library says ${status}.`)
  }
  const call = (path: string, init: RequestInit) =>
    fetch(url + path, init).catch((cause: unknown) => {
      throw new ProviderError({ kind: 'transient' }, 'The library cannot be reached.', { cause })
    })
  return {
    id: 'library',
    capabilities: new Set(['recordings']),
    async *recordings(room, { signal }) {
      const response = await call(`/rooms/${room}`, { signal })
      if (!response.ok) throw problem(response)
      for (const file of (await response.json()) as (RecordingFile & { url: string })[]) {
        yield { ...file, recordedAt: new Date('2030-05-04T10:00Z'), durationSeconds: null }
      }
    },
    async fetchRecording(file, { offset, signal }) {
      const response = await call((file as RecordingFile & { url: string }).url, {
        headers: offset > 0 ? { range: `bytes=${offset}-` } : {},
        signal,
      })
      if (!response.ok || response.body === null) throw problem(response)
      const begins = response.status === 206 ? offset : 0
      const length = response.headers.get('content-length')
      return { offset: begins, sizeBytes: length === null ? null : begins + Number(length), body: response.body }
    },
  }
}
