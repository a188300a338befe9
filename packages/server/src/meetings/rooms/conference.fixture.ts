import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll } from 'vitest'
import { type MeetingProvider, ProviderError, type ProviderProblem } from '../../providers/provider.ts'

/** What a server may do besides what it is asked for. */
export type Fault =
  /** Answers with a status, and does nothing. */
  | { status: number; retryAfterMs?: number }
  /** Does it after so long. */
  | { slowMs: number }
  /** Does it, and then says nothing. */
  | 'loseAnswer'
  /** Hangs up before it does anything. */
  | 'hangUp'

export interface ConferenceRoom {
  id: string
  key: string
  title: string
  passcode: string | null
  joinUrl: string
}

/** A small conference server of its own: rooms over HTTP, made once per key, each with an address. */
export async function startConferenceServer({ signed = false } = {}) {
  const rooms = new Map<string, ConferenceRoom>()
  const requests: string[] = []
  let faultOf: (request: string) => Fault | undefined = () => undefined
  let made = 0
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const line = `${request.method} ${request.url}`
    requests.push(line)
    const body = await json(request).catch(() => undefined)
    const fault = faultOf(line)
    if (fault === 'hangUp') return void request.socket.destroy()
    if (fault !== undefined && fault !== 'loseAnswer' && 'status' in fault) {
      const { status, retryAfterMs } = fault
      return void response.writeHead(status, { 'x-retry-after-ms': retryAfterMs ?? 0 }).end()
    }
    if (fault !== undefined && fault !== 'loseAnswer') await delay(fault.slowMs)
    const [status, result] = serve(line, body as Partial<ConferenceRoom>)
    if (fault === 'loseAnswer') return void request.socket.destroy()
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(result))
  }
  const serve = (line: string, body: Partial<ConferenceRoom>): [number, unknown] => {
    const [, method, id, link] = /^(\w+) \/rooms(?:\/([^/]+))?(\/links)?$/.exec(line) ?? []
    if (method === 'POST' && id === undefined) {
      const known = [...rooms.values()].find(({ key }) => key === body.key)
      const room = known ?? {
        ...(body as ConferenceRoom),
        id: `r${++made}`,
        joinUrl: `https://conference.test/r${made}`,
      }
      rooms.set(room.id, room)
      return [200, room]
    }
    const room = rooms.get(id ?? '')
    if (room === undefined) return [404, null]
    if (link !== undefined) return [200, { url: `${room.joinUrl}?as=${(body as { name: string }).name}` }]
    if (method === 'DELETE') rooms.delete(room.id)
    else rooms.set(room.id, { ...room, ...body })
    return [200, rooms.get(room.id) ?? null]
  }
  const server = createServer((request, response) => void answer(request, response))
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const stop = () => {
    server.closeAllConnections()
    return new Promise<void>((resolve) => server.close(() => resolve()))
  }
  afterAll(stop)
  return {
    provider: conferenceProvider(`http://127.0.0.1:${port}`, signed),
    requests,
    rooms: () => [...rooms.values()],
    forget: () => rooms.clear(),
    /** From now on; asked for each request, `POST /rooms`. */
    misbehave: (next: (request: string) => Fault | undefined) => {
      faultOf = next
    },
    stop,
    startAgain: () => listen(port),
  }
}

/** What a program that embeds the server writes for its provider. */
function conferenceProvider(url: string, signed: boolean): MeetingProvider {
  const call = async (method: string, path: string, body: unknown, signal: AbortSignal) => {
    const headers = { 'content-type': 'application/json', connection: 'close' }
    const sent = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`${url}${path}`, { method, headers, ...sent, signal }).catch((cause: unknown) => {
      throw new ProviderError({ kind: 'transient' }, 'The conference server cannot be reached.', { cause })
    })
    if (response.ok) return (await response.json()) as ConferenceRoom & { url: string }
    throw new ProviderError(problemOf(response), `The conference server says ${response.status}.`)
  }
  const toRoom = ({ id, joinUrl }: ConferenceRoom) => ({ externalId: id, joinUrl: signed ? null : joinUrl })
  return {
    id: 'conference',
    capabilities: new Set(signed ? (['create', 'signedJoin'] as const) : (['create'] as const)),
    ensureRoom: async ({ title, passcode }, key, { signal }) =>
      toRoom(await call('POST', '/rooms', { title, passcode, key }, signal)),
    updateRoom: async (id, { title, passcode }, { signal }) =>
      toRoom(await call('PATCH', `/rooms/${id}`, { title, passcode }, signal)),
    deleteRoom: async (id, { signal }) => void (await call('DELETE', `/rooms/${id}`, undefined, signal)),
    joinLink: async (id, { user }, { signal }) =>
      (await call('POST', `/rooms/${id}/links`, { name: user.name }, signal)).url,
  }
}

function problemOf({ status, headers }: Response): ProviderProblem {
  if (status === 404) return { kind: 'notFound' }
  if (status === 401) return { kind: 'unauthorized' }
  if (status === 403) return { kind: 'forbidden' }
  if (status === 429) {
    return { kind: 'rateLimited', retryAt: new Date(Date.now() + Number(headers.get('x-retry-after-ms'))) }
  }
  return status >= 500 ? { kind: 'transient' } : { kind: 'bug' }
}
