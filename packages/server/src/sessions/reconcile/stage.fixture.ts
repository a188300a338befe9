import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { type LiveSession, type MeetingProvider, ProviderError, type ProviderEvent } from '../../providers/provider.ts'

const secret = 'a secret of tests'

export interface StageSession {
  room: string
  run: string
  title: string
  startedAt: string
  people: { key: string; name: string; email: string | null; joinedAt: string }[]
}

/** What the server does instead of what it is asked for. */
export type Fault = { status: number } | 'html' | { slowMs: number }

/** A small conference server of its own, which tells what runs in its rooms. */
export async function startStage() {
  const sessions = new Map<string, StageSession>()
  const requests: { line: string; asker: string; at: number }[] = []
  let faultOf: (line: string) => Fault | undefined = () => undefined
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const line = `${request.method} ${request.url}`
    requests.push({ line, asker: String(request.headers['x-asker']), at: Date.now() })
    const body = await json(request).catch(() => undefined)
    const fault = faultOf(line)
    if (fault === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Maintenance</p>')
    if (fault !== undefined && 'status' in fault) return void response.writeHead(fault.status).end()
    if (fault !== undefined) await delay(fault.slowMs)
    const [status, result] = serve(line, body)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(result))
  }
  const serve = (line: string, _body: unknown): [number, unknown] => {
    if (line === 'GET /live') return [200, [...sessions.values()]]
    const [, method, room = '', what] = /^(\w+) \/rooms\/([^/]+)(\/end)?$/.exec(line) ?? []
    const session = sessions.get(decodeURIComponent(room))
    if (method === 'GET') return [200, { session: session ?? null }]
    if (what === undefined || session === undefined) return [404, null]
    sessions.delete(session.room)
    return [200, null]
  }
  const server = createServer((request, response) => void answer(request, response))
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  return {
    url,
    sessions,
    requests,
    misbehave: (next: (line: string) => Fault | undefined) => {
      faultOf = next
    },
    begin(room: string, ...names: string[]): StageSession {
      const startedAt = new Date().toISOString()
      const people = names.map((name) => ({
        ...{ key: `${name} ${startedAt}`, name, joinedAt: startedAt },
        email: `${name.toLowerCase()}@example.com`,
      }))
      const session = { room, run: `${room} ${startedAt}`, title: `At ${room}`, startedAt, people }
      sessions.set(room, session)
      return session
    },
    stop: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
    startAgain: () => listen(port),
  }
}

interface Parsed {
  events: ProviderEvent[]
}

const revive = (name: string, value: unknown) =>
  ['at', 'joinedAt'].includes(name) && typeof value === 'string' ? new Date(value) : value

/** What a program that embeds the server writes for such a server; the asker tells one instance from the others. */
export function stageProvider(url: string, { asker = 'test', sweepMs = 0 } = {}): MeetingProvider {
  const call = async (method: string, path: string, signal: AbortSignal): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      signal,
      headers: { 'x-asker': asker, connection: 'close' },
    }).catch((cause: unknown) => {
      throw new ProviderError({ kind: 'transient' }, 'The stage cannot be reached.', { cause })
    })
    if (response.status === 404) throw new ProviderError({ kind: 'notFound' }, 'The stage has no such room.')
    if (response.status === 401) throw new ProviderError({ kind: 'unauthorized' }, 'The stage does not know us.')
    if (!response.ok) throw new ProviderError({ kind: 'transient' }, `The stage says ${response.status}.`)
    return response.json().catch((cause: unknown) => {
      throw new ProviderError({ kind: 'transient' }, 'The stage answers something else than JSON.', { cause })
    })
  }
  return {
    id: 'stage',
    capabilities: new Set(['end', 'listLive', 'roomStatus', 'webhooks'] as const),
    snapshotEveryMs: () => sweepMs,
    async *snapshot({ signal }) {
      const observedAt = new Date()
      for (const one of (await call('GET', '/live', signal)) as StageSession[]) yield toLive(one, observedAt)
    },
    async status(room, { signal }) {
      const observedAt = new Date()
      const { session } = (await call('GET', `/rooms/${encodeURIComponent(room)}`, signal)) as {
        session: StageSession | null
      }
      return { session: session && toLive(session, observedAt), room: {}, observedAt }
    },
    async end(room, { signal }) {
      try {
        await call('PUT', `/rooms/${encodeURIComponent(room)}/end`, signal)
        return 'ended'
      } catch (error) {
        if (error instanceof ProviderError && error.problem.kind === 'notFound') return 'alreadyEnded'
        throw error
      }
    },
    verifyWebhook({ body, headers }) {
      const signed = Buffer.from(String(headers['x-signature']), 'hex')
      const wanted = createHmac('sha256', secret).update(body).digest()
      const isOurs = signed.length === wanted.length && timingSafeEqual(signed, wanted)
      return isOurs ? { kind: 'verified' } : { kind: 'rejected', reason: 'signature' }
    },
    parseWebhook: ({ body }) => (JSON.parse(body.toString(), revive) as Parsed).events,
  }
}

function toLive({ room, run, title, startedAt, people }: StageSession, observedAt: Date): LiveSession {
  return {
    ...{
      externalId: room,
      sessionKey: run,
      startedAt: new Date(startedAt),
      observedAt,
      participantCount: people.length,
    },
    room: { title, joinUrl: `https://stage.test/${room}`, hostEmail: 'ann@example.com' },
    participants: people.map(({ joinedAt, ...one }) => ({ ...one, userId: null, joinedAt: new Date(joinedAt) })),
  }
}

/** Posts what the stage tells by itself, as it signs it. */
export function postWebhook(server: string, events: object[]): Promise<Response> {
  const body = JSON.stringify({ events })
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  return fetch(`${server}/webhooks/stage/stage`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-signature': signature },
    body,
  })
}
