import pg from 'pg'
import type { Logger } from 'pino'

/** Tells the other instances that something may be there to read. Lost rings cost promptness, nothing else. */
export interface Doorbell {
  /** After a commit. At most one ring each 20 ms goes out. */
  ring(): void
  close(): Promise<void>
}

const channel = 'antiphon'
const ringEveryMs = 20
const reconnectMs = 1_000

export interface DoorbellOptions {
  connection: pg.ClientConfig
  pool: pg.Pool
  log: Logger
  onRing: () => void
}

/** By NOTIFY of Postgres, with an empty payload, on a connection of its own. */
export function createDoorbell({ connection, pool, log, onRing }: DoorbellOptions): Doorbell {
  let client: pg.Client | undefined
  let isClosed = false
  let reconnect: NodeJS.Timeout | undefined
  let ringing: NodeJS.Timeout | undefined

  const listen = async () => {
    const next = new pg.Client({ ...connection, application_name: 'antiphon doorbell', keepAlive: true })
    const again = () => {
      if (client !== next) return
      client = undefined
      if (!isClosed) reconnect = setTimeout(listen, reconnectMs).unref()
    }
    client = next
    next.on('notification', onRing)
    next.on('error', again)
    next.on('end', again)
    try {
      await next.connect()
      await next.query(`listen ${channel}`)
      onRing()
    } catch (error) {
      log.debug({ reason: error instanceof Error ? error.message : String(error) }, 'the doorbell is not connected')
      next.end().catch(() => {})
      again()
    }
  }
  void listen()
  return {
    ring() {
      onRing()
      if (isClosed || ringing !== undefined) return
      ringing = setTimeout(() => {
        ringing = undefined
        pool.query({ name: 'events:ring', text: 'select pg_notify($1, $2)', values: [channel, ''] }).catch(() => {})
      }, ringEveryMs).unref()
    },
    async close() {
      isClosed = true
      clearTimeout(reconnect)
      clearTimeout(ringing)
      await client?.end().catch(() => {})
    },
  }
}
