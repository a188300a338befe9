import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type { LoggedRequest } from './faults.ts'

/** On loopback only; its address. */
export async function listen(server: Server, port: number): Promise<string> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server has no port.')
  return `http://127.0.0.1:${address.port}`
}

export function stop(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(() => resolve()))
}

const maxBody = 1_048_576

export async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += chunk.length
    if (bytes > maxBody) throw new Error('The request is too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const maxLog = 10_000

/** What came in, the newest last. */
export function createLog(now: () => Date) {
  const entries: LoggedRequest[] = []
  return {
    entries,
    note({ method = '', url = '', headers }: IncomingMessage, host: LoggedRequest['host'], text = ''): LoggedRequest {
      const isAuthorized = headers.authorization !== undefined
      const noted = { at: now(), method, path: url, isAuthorized, body: jsonOf(text), host }
      if (entries.push(noted) > maxLog) entries.shift()
      return noted
    },
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
