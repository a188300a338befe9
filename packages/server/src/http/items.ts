import { Readable } from 'node:stream'
import { encodeJson } from '@antiphon/codegen'
import { isTrackedEnvelope } from '@trpc/server'
import type { FastifyReply } from 'fastify'

export function isStream(result: unknown): result is AsyncIterable<unknown> {
  return result !== null && typeof result === 'object' && Symbol.asyncIterator in result
}

/** Answers with a JSON array, an item a line, as fast as the caller reads. Cut off where an item cannot be had. */
export async function sendItems(
  reply: FastifyReply,
  items: AsyncIterable<unknown>,
  report: (error: unknown) => unknown,
): Promise<FastifyReply> {
  const lines = items[Symbol.asyncIterator]()
  // The first item before the status: what is refused is refused as any call.
  const first = await lines.next()
  const text = async function* () {
    try {
      let separator = '[\n'
      for (let item = first; item.done !== true; item = await lines.next()) {
        yield separator + JSON.stringify(encodeJson(isTrackedEnvelope(item.value) ? item.value[1] : item.value))
        separator = ',\n'
      }
      yield separator === '[\n' ? '[]\n' : '\n]\n'
    } catch (error) {
      report(error)
      throw error
    } finally {
      await lines.return?.()
    }
  }
  return reply.type('application/json').send(Readable.from(text()))
}
