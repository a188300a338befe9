import { type AntiphonClient, createClient, type User } from '@antiphon/client'
import { generate } from 'otplib'
import { afterEach, beforeEach, vi } from 'vitest'
import { type Person, passwordOf } from '../../../test/server.ts'

const stepMs = 30_000

/** The clock stands in the middle of a step, unless a test moves it: codes hold as long as their test. */
export function holdClock(): void {
  beforeEach(() => {
    const now = Math.floor(Date.now() / stepMs) * stepMs + stepMs / 2
    vi.useFakeTimers({ toFake: ['Date'], now })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
}

export function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms)
}

export function passSteps(steps: number): void {
  pass(steps * stepMs)
}

/** What an authenticator shows, so many steps from now. */
export function shown(secret: string, steps = 0): Promise<string> {
  return generate({ secret, epoch: Math.floor((Date.now() + steps * stepMs) / 1_000) })
}

/** A code that no step around now has. */
export async function wrongOne(secret: string): Promise<string> {
  const right = await Promise.all([-2, -1, 0, 1, 2].map((steps) => shown(secret, steps)))
  return Array.from({ length: 6 }, (_, n) => String(n).repeat(6)).find((code) => !right.includes(code)) ?? ''
}

export interface Protected {
  client: AntiphonClient
  user: User
  token: string
  password: string
  secret: string
  recoveryCodes: string[]
}

/** Turns the second factor on for somebody, by the code of this step. */
export async function protect(url: string, { client, user }: Person): Promise<Protected> {
  const password = passwordOf(user.userName)
  const { secret } = await client.users.mfa.enroll({ password })
  const { recoveryCodes, token } = await client.users.mfa.confirm({ code: await shown(secret) })
  return { client: createClient({ url, token }), user, token, password, secret, recoveryCodes }
}

/** What came of calls: 'ok', or the code of the error; sorted. */
export async function outcomes(calls: Promise<unknown>[]): Promise<string[]> {
  const settled = await Promise.allSettled(calls)
  const told = settled.map((one) => (one.status === 'fulfilled' ? 'ok' : String(one.reason.code ?? one.reason)))
  return told.sort()
}
