import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const contentSecurityPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; frame-ancestors 'none'; base-uri 'self'"

/** A built web app, from `/`. Paths without a file are the app's own routes and get its index page. */
export async function web(app: FastifyInstance, root: string): Promise<void> {
  await app.register(fastifyStatic, {
    root,
    setHeaders(reply, path) {
      const hashed = path.includes('/assets/')
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      if (path.endsWith('.html')) reply.header('content-security-policy', contentSecurityPolicy)
    },
  })
}
