import type { IncomingMessage } from 'node:http'

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>()

/** Cuts a request that is not all there after a while. */
export function limitRequest(request: IncomingMessage, ms: number): void {
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy()
  }, ms).unref()
  timers.set(request, timer)
  request.once('close', () => clearTimeout(timer))
}

/** Lets a request take its time, as long as bytes keep coming. */
export async function* patiently(request: IncomingMessage, idleMs: number): AsyncGenerator<Uint8Array> {
  clearTimeout(timers.get(request))
  const timer = setTimeout(() => request.destroy(), idleMs)
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      timer.refresh()
      yield chunk
    }
  } finally {
    clearTimeout(timer)
  }
}
