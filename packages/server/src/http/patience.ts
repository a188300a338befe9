import type { IncomingMessage } from 'node:http'

const timers = new WeakMap<IncomingMessage, NodeJS.Timeout>()

/** Cuts a request that is not all there after a while; the last limit that it was given counts. */
export function limitRequest(request: IncomingMessage, ms: number): void {
  clearTimeout(timers.get(request))
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy()
  }, ms).unref()
  timers.set(request, timer)
  request.once('close', () => clearTimeout(timer))
}

/** Lets a request take its time, as long as bytes keep coming once they are wanted: storing them may take longer. */
export async function* patiently(request: IncomingMessage, idleMs: number): AsyncGenerator<Uint8Array> {
  clearTimeout(timers.get(request))
  let isWaiting = true
  const timer = setInterval(() => {
    if (isWaiting) request.destroy()
  }, idleMs)
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      isWaiting = false
      yield chunk
      isWaiting = true
      timer.refresh()
    }
  } finally {
    clearInterval(timer)
  }
}
