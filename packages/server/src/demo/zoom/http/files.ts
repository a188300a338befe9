import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ZoomFile } from '../state.ts'

/** The host that has the bytes: its addresses hold all that is needed, and it serves nobody who says who they are besides. */
export function serveFile(request: IncomingMessage, response: ServerResponse, file: ZoomFile | undefined): void {
  if (request.headers.authorization !== undefined)
    return void response.writeHead(400).end('Only one auth mechanism allowed')
  if (file === undefined) return void response.writeHead(404).end()
  const { bytes, contentType } = file
  const [, from] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? []
  const offset = Number(from ?? 0)
  if (offset > 0 && offset >= bytes.length)
    return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end()
  const rest = bytes.subarray(offset)
  const headers = { 'content-type': contentType, 'content-length': rest.length, 'accept-ranges': 'bytes' }
  const range = { 'content-range': `bytes ${offset}-${bytes.length - 1}/${bytes.length}` }
  response.writeHead(from === undefined ? 200 : 206, from === undefined ? headers : { ...headers, ...range }).end(rest)
}
