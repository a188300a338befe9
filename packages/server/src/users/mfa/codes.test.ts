import { createClient } from '@antiphon/client'
import { describe, expect, test } from 'vitest'
import { codeOf, passwordOf, startTestServer } from '../../../test/server.ts'
import { createVault } from '../../auth/vault.ts'
import { createDb, createPool } from '../../db/connect.ts'
import { createExactLimits } from '../../limits/exact.ts'
import { requireCode } from './codes.ts'
import { holdClock, outcomes, type Protected, pass, passSteps, protect, shown, wrongOne } from './mfa.fixture.ts'

const { url, databaseUrl, anyone, signUp, query } = await startTestServer()
const urls = [url, (await startTestServer({ database: databaseUrl })).url]
holdClock()

const protectedPerson = async () => protect(url, await signUp())

const signIn = ({ user, password }: Protected, code: string, at = anyone) =>
  at.users.signIn({ identifier: user.userName, password, code })

/** The same call four times at once, on two instances in turn, each from a client of its own. */
function everywhere<Answer>(call: (at: typeof anyone) => Promise<Answer>, token?: string): Promise<Answer>[] {
  return [0, 1, 2, 3].map((n) => call(createClient({ url: urls[n % 2]!, ...(token !== undefined && { token }) })))
}

/** The three who come too late have failed, which counts for a while. */
const untilForgotten = 16 * 60_000
const oneOfFour = ['WRONG_CODE', 'WRONG_CODE', 'WRONG_CODE', 'ok']

describe('a TOTP code', () => {
  test('works once', async () => {
    const person = await protectedPerson()
    expect(await codeOf(signIn(person, await shown(person.secret)))).toBe('WRONG_CODE')
    passSteps(1)
    const code = await shown(person.secret)
    await signIn(person, code)
    expect(await codeOf(signIn(person, code))).toBe('WRONG_CODE')
    expect(await codeOf(person.client.users.mfa.recoveryCodes({ code }))).toBe('WRONG_CODE')
  })

  test('works once in parallel on two instances', async () => {
    const person = await protectedPerson()
    for (let round = 0; round < 5; round++) {
      pass(untilForgotten)
      const code = await shown(person.secret)
      expect(await outcomes(everywhere((at) => signIn(person, code, at)))).toEqual(oneOfFour)
      pass(untilForgotten)
      const next = await shown(person.secret)
      const calls = everywhere((at) => at.users.mfa.recoveryCodes({ code: next }), person.token)
      expect(await outcomes(calls)).toEqual(oneOfFour)
    }
  })

  test('is not taken any more once a later one was', async () => {
    const person = await protectedPerson()
    passSteps(5)
    const [early, late] = [await shown(person.secret, -1), await shown(person.secret)]
    await signIn(person, late)
    expect(await codeOf(signIn(person, early))).toBe('WRONG_CODE')
  })

  test.each([
    ['first', -15_000],
    ['last', 14_999],
  ])('holds for one step before and after its own, and not for two: at the %s moment of a step', async (_when, ms) => {
    const person = await protectedPerson()
    passSteps(5)
    pass(ms)
    for (const steps of [-2, 2]) {
      expect([steps, await codeOf(signIn(person, await shown(person.secret, steps)))]).toEqual([steps, 'WRONG_CODE'])
    }
    for (const steps of [-1, 0, 1]) await signIn(person, await shown(person.secret, steps))
  })

  test('may come with blanks', async () => {
    const person = await protectedPerson()
    const code = await shown(person.secret, 1)
    await signIn(person, ` ${code.slice(0, 3)}\u00a0${code.slice(3)} `)
  })

  test('of somebody else is wrong', async () => {
    const [one, other] = [await protectedPerson(), await protectedPerson()]
    expect(await codeOf(signIn(one, await shown(other.secret, 1)))).toBe('WRONG_CODE')
    await signIn(other, await shown(other.secret, 1))
  })

  test('is used up also when the act then fails', async () => {
    const [person, { user }] = [await protectedPerson(), await signUp()]
    const [code, { password }] = [await shown(person.secret, 1), person]
    const change = { email: user.email!, password, code }
    expect(await codeOf(person.client.users.update(change))).toBe('EMAIL_TAKEN')
    expect(await codeOf(signIn(person, code))).toBe('WRONG_CODE')
  })
})

describe('a recovery code', () => {
  test('is one of ten, of 80 bits', async () => {
    const { recoveryCodes } = await protectedPerson()
    expect(new Set(recoveryCodes).size).toBe(10)
    for (const code of recoveryCodes) expect(code).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/)
  })

  test('works once, however it is written', async () => {
    const person = await protectedPerson()
    const written = [
      (code: string) => code,
      (code: string) => code.toUpperCase(),
      (code: string) => code.replaceAll('-', ''),
      (code: string) => ` ${code.replaceAll('-', ' \u2013 ')}`,
      (code: string) => code.replaceAll('0', 'O').replaceAll('1', 'l'),
    ]
    for (const [n, write] of written.entries()) {
      const code = write(person.recoveryCodes[n]!)
      await signIn(person, code)
      expect(await codeOf(signIn(person, code))).toBe('WRONG_CODE')
    }
  })

  test('works once in parallel on two instances', async () => {
    const person = await protectedPerson()
    for (const code of person.recoveryCodes.slice(0, 4)) {
      pass(untilForgotten)
      expect(await outcomes(everywhere((at) => signIn(person, code, at)))).toEqual(oneOfFour)
    }
  })

  test('of somebody else is wrong', async () => {
    const [one, other] = [await protectedPerson(), await protectedPerson()]
    expect(await codeOf(signIn(one, other.recoveryCodes[0]!))).toBe('WRONG_CODE')
    await signIn(other, other.recoveryCodes[0]!)
  })

  test('stops working when new ones are made', async () => {
    const person = await protectedPerson()
    const { recoveryCodes } = await person.client.users.mfa.recoveryCodes({ code: person.recoveryCodes[0]! })
    expect(recoveryCodes).toHaveLength(10)
    for (const code of person.recoveryCodes.slice(0, 2)) expect(await codeOf(signIn(person, code))).toBe('WRONG_CODE')
    await signIn(person, recoveryCodes[9]!)
  })

  test('ten are left, of whichever call, when two make new ones at once', async () => {
    const person = await protectedPerson()
    const [, ...codes] = person.recoveryCodes
    const calls = codes.slice(0, 3).map((code, n) => {
      const { mfa } = createClient({ url: urls[n % 2]!, token: person.token }).users
      return mfa.recoveryCodes({ code })
    })
    expect(await outcomes(calls)).toContain('ok')
    const left = await query('select code_hash from recovery_codes where user_id = $1', [person.user.id])
    expect(left).toHaveLength(10)
  })
})

describe('guesses', () => {
  /** Guesses until they are refused: how many were looked at, and how long to wait. */
  async function exhaust(
    guess: () => Promise<{ ok: true } | { ok: false; error: { code: string; retryAfterMs?: number | undefined } }>,
  ) {
    for (let looked = 0; looked < 20; looked++) {
      const result = await guess()
      if (!result.ok && result.error.code === 'RATE_LIMITED') return { looked, waitMs: result.error.retryAfterMs ?? 0 }
      expect(result).toMatchObject({ ok: false, error: { code: 'WRONG_CODE' } })
    }
    return { looked: Number.POSITIVE_INFINITY, waitMs: 0 }
  }

  test('are limited at sign-in, and the limit ends', async () => {
    const person = await protectedPerson()
    const { user, password, secret, recoveryCodes } = person
    const code = await wrongOne(secret)
    const guess = () => anyone.users.signIn.safe({ identifier: user.userName, password, code })
    const { looked, waitMs } = await exhaust(guess)
    expect(looked).toBe(5)
    expect(waitMs).toBeGreaterThan(0)
    const right = recoveryCodes[0]!
    for (const at of urls) expect(await codeOf(signIn(person, right, createClient({ url: at })))).toBe('RATE_LIMITED')
    pass(waitMs)
    await signIn(person, right)
    expect((await exhaust(guess)).looked).toBe(5)
  })

  test('are limited for the secret that waits', async () => {
    const { client, user } = await signUp()
    const { secret } = await client.users.mfa.enroll({ password: passwordOf(user.userName) })
    const code = await wrongOne(secret)
    const { looked, waitMs } = await exhaust(() => client.users.mfa.confirm.safe({ code }))
    expect(looked).toBe(5)
    pass(waitMs)
    await client.users.mfa.confirm({ code: await shown(secret) })
  })

  test('are limited for acts on the factor itself, apart from those of whoever signs in', async () => {
    const { client, user, password, secret } = await protectedPerson()
    const code = await wrongOne(secret)
    for (let n = 0; n < 3; n++) expect(await codeOf(client.users.mfa.disable({ code }))).toBe('WRONG_CODE')
    const guess = () => anyone.users.signIn.safe({ identifier: user.userName, password, code })
    expect((await exhaust(guess)).looked).toBe(5)
    for (let n = 0; n < 2; n++) expect(await codeOf(client.users.mfa.recoveryCodes({ code }))).toBe('WRONG_CODE')
    expect(await codeOf(client.users.mfa.recoveryCodes({ code }))).toBe('RATE_LIMITED')
  })

  test('are limited for those who know the password, too', async () => {
    const { client, password, secret } = await protectedPerson()
    const code = await wrongOne(secret)
    const change = { currentPassword: password, password: 'another password', code }
    expect((await exhaust(() => client.users.changePassword.safe(change))).looked).toBeLessThanOrEqual(5)
  })

  test('in parallel get no further', async () => {
    const person = await protectedPerson()
    const code = await wrongOne(person.secret)
    const calls = [1, 2, 3].flatMap(() => everywhere((at) => at.users.mfa.disable({ code }), person.token))
    const told = await outcomes(calls)
    expect(told.filter((one) => one === 'WRONG_CODE').length).toBeLessThanOrEqual(5)
    expect(new Set(told)).toEqual(new Set(['RATE_LIMITED', 'WRONG_CODE']))
  })
})

test('a code cannot be used up in a transaction', async () => {
  const { user } = await protectedPerson()
  const pool = createPool({ connectionString: databaseUrl }, { max: 2 })
  const [db, vault] = [createDb(pool), createVault('s'.repeat(32))]
  const limits = createExactLimits({ pool, secret: vault.keyFor('limits') })
  const work = db.transaction().execute((tx) => requireCode({ db: tx, vault, limits }, user.id, '123456'))
  await expect(work.finally(() => db.destroy())).rejects.toThrow('outside of transactions')
})
