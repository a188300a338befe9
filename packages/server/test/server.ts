import { type AntiphonClient, createClient, type User } from '@antiphon/client'
import pino from 'pino'
import { afterAll } from 'vitest'
import { createAntiphon } from '../src/app.ts'
import { createTestDatabase } from './database.ts'

export { codeOf } from './calls.ts'

export interface Person {
  client: AntiphonClient
  user: User
  token: string
}

let people = 0

/** A server with a database of its own for a test file, on a free port of loopback, and clients of it. */
export async function startTestServer() {
  const database = await createTestDatabase({ keep: true })
  const antiphon = await createAntiphon({ database: database.url, maxConnections: 8, log: pino({ level: 'silent' }) })
  const { url } = await antiphon.listen({ port: 0 })
  afterAll(async () => {
    await antiphon.close()
    await database.drop()
  })
  const signUp = async (userName = `person${++people}`): Promise<Person> => {
    const { user, token } = await createClient({ url }).users.signUp({
      userName,
      email: `${userName}@example.com`,
      password: `password of ${userName}`,
    })
    return { user, token, client: createClient({ url, token }) }
  }
  return { url, databaseUrl: database.url, antiphon, anyone: createClient({ url }), signUp }
}
