import { createHmac, randomUUID } from 'node:crypto'

/** What becomes of an event on its way. */
export type Mishap = 'lose' | 'double' | { readonly delayMs: number }

export interface WebhookTarget {
  readonly url: string
  readonly secret: string
}

interface Options {
  readonly now: () => Date
  /** What an hour of Zoom's retries is here, as a part of one. */
  readonly retryFactor: number
}

const retriesMs = [5 * 60_000, 20 * 60_000, 60 * 60_000]
const patienceMs = 3_000
const maxQueued = 10_000
const sign = (secret: string, text: string) => createHmac('sha256', secret).update(text).digest('hex')

/** Sends events to where they are wanted, each until it is taken or has been tried often enough. */
export function createWebhooks({ now, retryFactor }: Options) {
  let target: WebhookTarget | undefined
  let mishapOf: (event: string) => Mishap | undefined = () => undefined
  const timers = new Set<NodeJS.Timeout>()
  const sending = new Set<Promise<void>>()
  let turn = Promise.resolve()
  let isClosed = false
  const post = async ({ url, secret }: WebhookTarget, body: string) => {
    const timestamp = String(Math.floor(now().getTime() / 1_000))
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'x-zm-request-timestamp': timestamp,
      'x-zm-signature': `v0=${sign(secret, `v0:${timestamp}:${body}`)}`,
      'x-zm-trackingid': randomUUID(),
    }
    const signal = AbortSignal.timeout(patienceMs)
    return fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' })
  }
  const deliver = async (body: string, tried: number) => {
    if (target === undefined || isClosed) return
    const isTaken = await post(target, body).then(
      async ({ ok, body: answer }) => {
        await answer?.cancel()
        return ok
      },
      () => false,
    )
    const wait = retriesMs[tried]
    if (!isTaken && wait !== undefined) later(body, tried + 1, wait * retryFactor)
  }
  const later = (body: string, tried: number, waitMs: number) => {
    if (isClosed || timers.size >= maxQueued) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      soon(body, tried)
    }, waitMs)
    timers.add(timer.unref())
  }
  /** One after the other, as they happened; those that wait for another try hold nobody up. */
  const soon = (body: string, tried = 0) => {
    if (sending.size >= maxQueued) return
    const work = turn.then(() => deliver(body, tried))
    turn = work
    sending.add(work)
    void work.finally(() => sending.delete(work))
  }
  return {
    emit(event: string, payload: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}) {
      if (target === undefined) return
      const body = JSON.stringify({ event, event_ts: now().getTime(), payload, ...more })
      const mishap = mishapOf(event)
      if (mishap === 'lose') return
      if (typeof mishap === 'object') return later(body, 0, mishap.delayMs)
      soon(body)
      if (mishap === 'double') soon(body)
    },
    /** Zoom asks the address first whether it knows the secret. */
    async set(next: WebhookTarget | undefined): Promise<boolean> {
      target = undefined
      if (next === undefined) return true
      const plainToken = randomUUID()
      const challenge = { event: 'endpoint.url_validation', payload: { plainToken }, event_ts: now().getTime() }
      const answer = await post(next, JSON.stringify(challenge))
        .then(async (response) => [response.status, await response.json()] as const)
        .catch(() => undefined)
      const wanted = JSON.stringify({ plainToken, encryptedToken: sign(next.secret, plainToken) })
      if (answer?.[0] !== 200 || JSON.stringify(answer[1]) !== wanted) return false
      target = next
      return true
    },
    /** From now on; asked for each event. */
    misbehave: (next: (event: string) => Mishap | undefined) => {
      mishapOf = next
    },
    /** When nothing is on its way, but what waits for its time. */
    async settled(): Promise<void> {
      while (sending.size > 0) await Promise.all(sending)
    },
    close() {
      isClosed = true
      for (const timer of timers) clearTimeout(timer)
    },
  }
}
