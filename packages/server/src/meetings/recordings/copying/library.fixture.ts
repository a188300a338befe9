import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll } from 'vitest'
import type { RecordingFile } from '../../../providers/provider.ts'
import { providerOf } from './provider.fixture.ts'

/** What the library has of a file. */
export interface Held {
  id: string
  bytes: Uint8Array
  name?: string
  type?: string
  /** What it tells of the file, where that is not true. */
  says?: Partial<Pick<RecordingFile, 'sizeBytes' | 'sha256' | 'type'>>
}

/** What it does with one request of bytes. */
export type Fault =
  | { status: number }
  /** Hangs up after so many bytes. */
  | { breakAfter: number }
  /** So many bytes at a time, with a pause in between. */
  | { slowMs: number; bytes: number }
  /** Sends everything from the beginning, whatever was asked for. */
  | 'ignoreRange'
  /** Does not tell how much there is. */
  | 'noLength'

/** A server that records meetings, with addresses that work until it is asked for others. */
export async function startLibrary() {
  const rooms = new Map<string, Held[]>()
  const requests: string[] = []
  let faultOf: (request: IncomingMessage, sent: number) => Fault | undefined = () => undefined
  let [edition, served] = [0, 0]
  const server = createServer((request, response) => void answer(request, response))
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const [, kind, name = '', given] = (request.url ?? '').split('/')
    requests.push(`${kind} ${request.headers.range ?? ''}`.trim())
    if (kind === 'rooms') {
      edition++
      const files = (rooms.get(name) ?? []).map((held) => ({ ...told(held), url: `/files/${held.id}/${edition}` }))
      return void response.end(JSON.stringify(files))
    }
    const held = [...rooms.values()].flat().find(({ id }) => id === name)
    const fault = faultOf(request, served++)
    if (held === undefined || given !== String(edition)) return void response.writeHead(404).end()
    await send(request, response, held.bytes, fault)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    provider: providerOf(`http://127.0.0.1:${port}`),
    rooms,
    requests,
    /** From now on; asked for each request of bytes, with how many came before. */
    misbehave(next: typeof faultOf) {
      faultOf = next
      served = 0
    },
    /** The addresses that were given work no more. */
    expire: () => void edition++,
  }
}

function told({ id, bytes, name = 'Meeting.mp4', type = 'audio/wav', says }: Held) {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  return { id, name, type, sizeBytes: bytes.length, sha256, ...says }
}

async function send(request: IncomingMessage, response: ServerResponse, bytes: Uint8Array, fault: Fault | undefined) {
  if (typeof fault === 'object' && 'status' in fault) return void response.writeHead(fault.status).end()
  const from = fault === 'ignoreRange' ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0)
  const rest = bytes.subarray(from)
  const length = fault === 'noLength' ? undefined : rest.length
  response.writeHead(from === 0 ? 200 : 206, {
    ...(from > 0 && { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` }),
    ...(length !== undefined && { 'content-length': length }),
  })
  if (typeof fault === 'object' && 'breakAfter' in fault) {
    response.write(rest.subarray(0, fault.breakAfter), () => response.destroy())
    return
  }
  if (typeof fault === 'object' && 'slowMs' in fault) {
    for (let at = 0; at < rest.length && !response.destroyed; at += fault.bytes) {
      response.write(rest.subarray(at, at + fault.bytes))
      await delay(fault.slowMs)
    }
    return void response.end()
  }
  response.end(rest)
}
