import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { appRouter } from './fixture/router.ts'

export interface TestServer {
  url: string
  /** Paths and methods of the requests so far. */
  requests: { method: string; url: string; authorization: string | undefined }[]
  close(): Promise<void>
}

/** A server on loopback. `before` may answer a request itself, by returning true. */
export async function startServer(
  before: (request: IncomingMessage, response: ServerResponse, count: number) => boolean = () => false,
): Promise<TestServer> {
  const requests: TestServer['requests'] = []
  const trpc: RequestListener = createHTTPHandler({
    router: appRouter,
    basePath: '/trpc/',
    allowMethodOverride: true,
    createContext: ({ req }) => ({ authorization: req.headers.authorization }),
  })
  const server = createServer((request, response) => {
    requests.push({
      method: request.method ?? '',
      url: request.url ?? '',
      authorization: request.headers.authorization,
    })
    if (!before(request, response, requests.length)) trpc(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
