import type { FastifyInstance } from 'fastify'

/** Why the server is not ready: a check and its reason. Empty when it is. */
export type ReadinessProblems = Record<string, string>

/**
 * `/health/live`: the process answers. `/health/ready`: it can serve; 503 with the reasons when not.
 * `/health`: both.
 */
export async function health(app: FastifyInstance, readiness: () => Promise<ReadinessProblems>): Promise<void> {
  app.get('/health/live', async () => ({ live: true }))
  for (const path of ['/health', '/health/ready']) {
    app.get(path, async (_request, reply) => {
      const problems = await readiness()
      const ready = Object.keys(problems).length === 0
      return reply.code(ready ? 200 : 503).send({ ...(path === '/health' && { live: true }), ready, problems })
    })
  }
}
