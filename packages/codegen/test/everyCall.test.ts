import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeRouter } from '../src/index.ts'
import { exampleOf } from '../src/reference/values.ts'
import { appRouter } from './fixture/router.ts'
import { createClient } from './generated/library/index.ts'
import { startServer, type TestServer } from './server.ts'

const { procedures, shapes } = describeRouter(appRouter)
const calls = [...procedures].filter(([, { type }]) => type !== 'subscription')

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.close())

/** The method of a path in the tree of a client. */
function methodOf(path: string): (input?: unknown) => Promise<unknown> {
  const client: unknown = createClient({ url: server.url, token: 'key', maxRetries: 0 })
  const method = path.split('.').reduce((tree, key) => Reflect.get(Object(tree), key), client)
  if (typeof method !== 'function') throw new Error(`The SDK has no ${path}.`)
  return (input) => method(...(input === undefined ? [] : [input]))
}

test.each(calls)('%s answers a call with the example of its input', async (path, { input }) => {
  const example = input === undefined ? undefined : exampleOf(input, shapes)
  const error = await methodOf(path)(example).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  // The fixture may refuse for reasons of its own (nothing found), but the input has to be right.
  if (error !== undefined)
    expect(error).toMatchObject({ name: 'LibraryError', status: expect.toSatisfy((status) => status > 400) })
})
