import { type AntiphonClient, createClient, type User } from '@antiphon/client'
import { afterAll } from 'vitest'
import { createAntiphon } from '../src/app.ts'
import { createTestDatabase } from './database.ts'

export interface Person {
  client: AntiphonClient
  user: User
  token: string
}

let people = 0

/** A server with a database of its own for a test file, on a free port of loopback, and clients of it. */
export async function startTestServer() {
  const database = await createTestDatabase({ keep: true })
  const antiphon = await createAntiphon({ database: database.url, maxConnections: 8 })
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

/** The code of the error that a call gives; fails where it gives none. */
export async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code)
    throw error
  }
  throw new Error('The call went through.')
}
