import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AnyTRPCRouter } from '@trpc/server'
import { createHTTPHandler } from '@trpc/server/adapters/standalone'
import { appRouter } from './fixture/router.ts'

export interface TestServer {
  url: string
  /** The requests so far. */
  requests: { method: string; url: string; headers: IncomingMessage['headers']; authorization: string | undefined }[]
  /** Cuts all connections. */
  cut(): void
  close(): Promise<void>
}

/** Answers a request itself where it gives true. `count` is the number of the request. */
export type Before = (request: IncomingMessage, response: ServerResponse, count: number) => boolean

export interface ServerOptions {
  router?: AnyTRPCRouter
  /** Headers of every answer. */
  headers?: Record<string, string>
}

/** A server on loopback. */
export async function startServer(before: Before = () => false, options: ServerOptions = {}): Promise<TestServer> {
  const requests: TestServer['requests'] = []
  const trpc: RequestListener = createHTTPHandler({
    router: options.router ?? appRouter,
    basePath: '/trpc/',
    allowMethodOverride: true,
    createContext: ({ req }) => ({ authorization: req.headers.authorization, actAs: req.headers['library-as'] }),
  })
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    requests.push({ method, url, headers, authorization: headers.authorization })
    for (const [name, value] of Object.entries(options.headers ?? {})) response.setHeader(name, value)
    if (!before(request, response, requests.length)) trpc(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    cut: () => server.closeAllConnections(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
