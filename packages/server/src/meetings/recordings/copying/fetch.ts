import {
  type FetchedFile,
  type MeetingProvider,
  ProviderError,
  type RecordingFile,
} from '../../../providers/provider.ts'

/** How long a provider may take to begin, and to send nothing in between. */
const idleMs = 20_000

interface Fetch {
  offset: number
  /** So long it is read at a time; the next turn goes on. */
  turnMs: number
  signal: AbortSignal
  /** Whether anybody still wants it, asked now and then. */
  isWanted: () => Promise<boolean>
}

/**
 * Begins to fetch a file. Its body ends early when its turn is over or nobody wants it any more, and throws where nothing comes.
 * @throws ProviderError
 */
export async function fetchFile(
  provider: MeetingProvider,
  file: RecordingFile,
  { offset, turnMs, signal: given, isWanted }: Fetch,
): Promise<FetchedFile> {
  const controller = new AbortController()
  const signal = AbortSignal.any([controller.signal, given])
  if (provider.fetchRecording === undefined) {
    throw new ProviderError({ kind: 'unsupported', capability: 'recordings' }, 'The provider gives no recordings.')
  }
  try {
    const fetched = await inTime(provider.fetchRecording(file, { offset, signal }), given)
    if (![0, offset].includes(fetched.offset)) {
      throw new ProviderError({ kind: 'bug' }, 'The provider sent another part of the file than it was asked for.')
    }
    return { ...fetched, body: turn(fetched.body, { turnMs, signal: given, isWanted, end: () => controller.abort() }) }
  } catch (error) {
    controller.abort()
    // Addresses that providers give end after a while: the next time there is another one.
    if (error instanceof ProviderError && error.problem.kind === 'notFound') throw broken(error.message, error)
    throw error
  }
}

const askEveryMs = 5_000

interface Turn extends Pick<Fetch, 'turnMs' | 'signal' | 'isWanted'> {
  end: () => void
}

async function* turn(body: AsyncIterable<Uint8Array>, { turnMs, signal, isWanted, end }: Turn) {
  const chunks = body[Symbol.asyncIterator]()
  const since = performance.now()
  let askedAt = since
  try {
    while (performance.now() - since < turnMs) {
      const { done, value } = await inTime(chunks.next(), signal)
      if (done === true) return
      yield value
      if (performance.now() - askedAt < askEveryMs) continue
      askedAt = performance.now()
      if (!(await isWanted())) return
    }
  } finally {
    end()
    // It may never come to its end: nobody waits for that.
    Promise.resolve(chunks.return?.()).catch(() => {})
  }
}

/** @throws ProviderError where it takes too long or fails; what the signal was aborted with */
async function inTime<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(broken('The provider sends nothing.')), idleMs)
  const abort = () => late.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    signal.throwIfAborted()
    return await Promise.race([work, late.promise])
  } catch (cause) {
    if (signal.aborted || cause instanceof ProviderError) throw cause
    throw broken('The connection to the provider broke off.', cause)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}

export function broken(message: string, cause?: unknown): ProviderError {
  return new ProviderError({ kind: 'transient' }, message, { cause })
}
