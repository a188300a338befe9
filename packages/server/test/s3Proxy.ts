import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * What stands between the server and its store: everything goes through, or writes are refused for want of room, or the next
 * writes break off, or the answers to the next ones are lost, or all calls break off.
 */
export type Fault = 'none' | 'full' | 'cut' | 'unanswered' | 'away'

/** A proxy before a store, which signatures do not notice: it leaves the header Host as it is. */
export async function startS3Proxy(endpoint: string) {
  const state = { fault: 'none' as Fault, after: 0, times: 0 }
  const server = createServer((incoming, outgoing) => {
    const { method = '', url, headers } = incoming
    const isWrite = method === 'PUT' || method === 'POST'
    const isHit =
      state.fault === 'away' || (isWrite && (state.fault === 'full' || (state.after-- <= 0 && state.times-- > 0)))
    const fault = isHit ? state.fault : 'none'
    if (fault === 'away' || fault === 'cut') return incoming.socket.destroy()
    if (fault === 'full') {
      incoming.resume().once('end', () => outgoing.writeHead(507, { connection: 'close' }).end())
      return
    }
    const target = request(endpoint + url, { method, headers }, (answer) => {
      if (fault === 'unanswered') return void answer.resume().once('end', () => incoming.socket.destroy())
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    })
    target.on('error', () => incoming.socket.destroy())
    incoming.pipe(target)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Has a fault happen: where it is not for all, to so many writes after so many others. */
    set(fault: Fault, { after = 0, times = 1 } = {}) {
      Object.assign(state, { fault, after, times })
    },
    stop() {
      server.closeAllConnections()
      server.close()
    },
  }
}
