import { type MeetingProvider, ProviderError } from './provider.ts'

/** Hears what comes of each call. */
export interface Watch {
  succeeded(method: string): Promise<void>
  refused(method: string, error: ProviderError): Promise<void>
}

/** These ask nobody. */
const silent = new Set<string | symbol>(['verifyWebhook', 'parseWebhook', 'snapshotEveryMs'])

/** The same provider; whoever calls it, the watch hears how it went, before the caller does. */
export function watched<Provider extends MeetingProvider>(provider: Provider, watch: Watch): Provider {
  return new Proxy(provider, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target)
      if (typeof member !== 'function' || silent.has(name)) return member
      const method = String(name)
      return (...given: unknown[]) => follow(Reflect.apply(member, target, given), method, watch)
    },
  })
}

function follow(answer: unknown, method: string, watch: Watch): unknown {
  if (answer instanceof Promise) return heard(answer, method, watch)
  return isIterable(answer) ? heardWhole(answer, method, watch) : answer
}

async function heard(answer: Promise<unknown>, method: string, watch: Watch): Promise<unknown> {
  const value = await answer.catch(refusing(method, watch))
  await watch.succeeded(method)
  return value
}

/** It has succeeded once it came to its end. */
async function* heardWhole(answer: AsyncIterable<unknown>, method: string, watch: Watch): AsyncGenerator<unknown> {
  try {
    yield* answer
  } catch (error) {
    await refusing(method, watch)(error)
  }
  await watch.succeeded(method)
}

function refusing(method: string, watch: Watch) {
  return async (error: unknown): Promise<never> => {
    if (error instanceof ProviderError) await watch.refused(method, error)
    throw error
  }
}

function isIterable(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer
}
