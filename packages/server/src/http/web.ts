import { relative } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'

const contentSecurityPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: https:; frame-ancestors 'none'; base-uri 'self'"

/** A built web app, from `/`. Files below /assets carry their hash in their name and are kept by browsers. */
export async function web(app: FastifyInstance, root: string): Promise<void> {
  await app.register(fastifyStatic, {
    root,
    dotfiles: 'ignore',
    setHeaders(reply, path) {
      const hashed = /^assets[\\/]/.test(relative(root, path))
      reply.header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
      if (path.endsWith('.html')) reply.header('content-security-policy', contentSecurityPolicy)
    },
  })
}
