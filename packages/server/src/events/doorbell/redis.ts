import { createClient } from '@redis/client'
import type { Logger } from 'pino'
import type { Wire } from './doorbell.ts'

const channel = 'antiphon'
const longestWaitMs = 5_000

/** Publish and subscribe of Redis with an empty message. Without the Redis, the instances read as often as they do anyway. */
export function redisWire({ url, log }: { url: string; log: Logger }): Wire {
  const connect = () => {
    const reconnectStrategy = (attempt: number) => Math.min(100 * 2 ** Math.min(attempt, 6), longestWaitMs)
    const client = createClient({
      url,
      disableOfflineQueue: true,
      socket: { connectTimeout: 5_000, reconnectStrategy },
    })
    client.on('error', (error: Error) => log.debug({ reason: error.message }, 'the doorbell is not connected'))
    return client
  }
  const [publisher, subscriber] = [connect(), connect()]
  const open = (client: typeof publisher) => void client.connect().catch(() => {})
  return {
    listen(onRing) {
      subscriber.on('ready', () => {
        subscriber.subscribe(channel, onRing).then(onRing, () => {})
      })
      open(subscriber)
      open(publisher)
    },
    async ring() {
      await publisher.publish(channel, '')
    },
    async close() {
      publisher.destroy()
      subscriber.destroy()
    },
  }
}
