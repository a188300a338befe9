import pg from 'pg'
import type { Logger } from 'pino'
import type { Wire } from './doorbell.ts'

const channel = 'antiphon'
const reconnectMs = 1_000

interface NotifyOptions {
  connection: pg.ClientConfig
  pool: pg.Pool
  log: Logger
}

/** NOTIFY of Postgres with an empty payload, heard on a connection of its own. */
export function notifyWire({ connection, pool, log }: NotifyOptions): Wire {
  let client: pg.Client | undefined
  let isClosed = false
  let reconnect: NodeJS.Timeout | undefined

  const listen = async (onRing: () => void) => {
    const next = new pg.Client({ ...connection, application_name: 'antiphon doorbell', keepAlive: true })
    const again = () => {
      if (client !== next) return
      client = undefined
      if (!isClosed) reconnect = setTimeout(() => void listen(onRing), reconnectMs).unref()
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
  return {
    listen: (onRing) => void listen(onRing),
    async ring() {
      await pool.query({ name: 'events:ring', text: 'select pg_notify($1, $2)', values: [channel, ''] })
    },
    async close() {
      isClosed = true
      clearTimeout(reconnect)
      await client?.end().catch(() => {})
    },
  }
}
