import { createHash } from 'node:crypto'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { ApiError } from '../errors.ts'
import { networkOf, plainAddress } from '../limits/address.ts'
import type { MeetingProvider, WebhookRequest } from '../providers/provider.ts'
import { webhooksPath } from '../sessions/connections/shown.ts'
import { noteHeard, takeIn } from '../sessions/inbox/store.ts'
import { reportFailure } from './body.ts'
import type { ContextDependencies } from './context.ts'
import { sendProblem } from './failure.ts'
import { limitRequest } from './patience.ts'

const requestTimeoutMs = 10_000
const parameters = z.object({ provider: z.string(), source: z.string().regex(/^[\w-]{1,64}$/) })

/** What a provider may send without content is as long as this. */
const empty = Buffer.alloc(0)

/**
 * What providers send by themselves. It is kept as it came and answered at once; what it means is found out later, so that no
 * event is refused for what it says.
 */
export async function webhooks(app: FastifyInstance, { services, callLimits }: ContextDependencies): Promise<void> {
  const { db, log, providers, inbox } = services
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', async (request) => limitRequest(request.raw, requestTimeoutMs))
  app.setErrorHandler((error, request, reply) =>
    sendProblem(reply, reportFailure(log, error, { requestId: request.id })),
  )
  /** Only what is not verified counts: a provider may send as much as it has to tell. */
  const countStranger = ({ ip }: FastifyRequest) =>
    callLimits.count(`webhooks ${networkOf(plainAddress(ip) ?? 'unknown')}`)
  app.post(`${webhooksPath}/:provider/:source`, async (request, reply) => {
    const { provider: name, source = '' } = parameters.safeParse(request.params).data ?? {}
    const provider = await providers.ofSource(source)
    if (provider === undefined || provider.id !== name || provider.verifyWebhook === undefined) {
      countStranger(request)
      throw new ApiError('NOT_FOUND')
    }
    const told = requestOf(request)
    const verdict = provider.verifyWebhook(told, new Date())
    switch (verdict.kind) {
      case 'rejected': {
        countStranger(request)
        log.warn({ provider: name, source, reason: verdict.reason, requestId: request.id }, 'a webhook was refused')
        throw new ApiError('TOKEN_INVALID', { message: verdict.reason })
      }
      case 'challenge':
        await noteHeard(db, { source, provider: name })
        return reply.type(verdict.contentType).send(verdict.body)
      case 'verified': {
        const { headers, body } = told
        const dedupeKey = dedupeKeyOf(provider, told)
        const isNew = await takeIn(db, { source, provider: name, headers, body, dedupeKey })
        if (isNew === 'new') inbox.wake()
        return done(reply)
      }
    }
  })
}

function done(reply: FastifyReply): FastifyReply {
  return reply.code(200).type('text/plain').send('')
}

function requestOf({ headers, body, originalUrl }: FastifyRequest): WebhookRequest {
  const single = Object.entries(headers)
    .filter(([name]) => !/^(authorization|cookie)$/.test(name))
    .map(([name, value]) => [name, [value].flat().join(', ')] as const)
  return { body: Buffer.isBuffer(body) ? body : empty, headers: Object.fromEntries(single), url: originalUrl }
}

/** By what it tells, where that can be read: other words of two deliveries may differ. */
function dedupeKeyOf(provider: MeetingProvider, told: WebhookRequest): Buffer {
  const keys = eventKeys(provider, told)
  const hash = createHash('sha256')
  return (keys.length === 0 ? hash.update(told.body) : hash.update(JSON.stringify(keys))).digest()
}

function eventKeys(provider: MeetingProvider, told: WebhookRequest): string[] {
  try {
    return (provider.parseWebhook?.(told) ?? []).map(({ key }) => key)
  } catch {
    return []
  }
}
