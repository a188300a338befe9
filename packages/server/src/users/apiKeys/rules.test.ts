import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallerAuth, KeyInUse, UserAuth } from '../../access.ts'
import { ApiError } from '../../errors.ts'
import { newId } from '../../ids.ts'
import { roles } from '../schema.ts'
import { limitsOfNewKey, type WantedKey } from './rules.ts'
import { scopes } from './schema.ts'

const now = new Date('2026-11-21T12:00:00.000Z')
const userId = newId('user')
const time = fc.integer({ min: -5, max: 5 }).map((hours) => new Date(now.getTime() + hours * 3_600_000))
const kind = fc.constantFrom('personal' as const, 'service' as const)
const wanted: fc.Arbitrary<WantedKey> = fc.record({
  kind,
  scopes: fc.subarray([...scopes], { minLength: 1 }),
  expiresAt: fc.option(time, { nil: undefined }),
})
const keyOf = (kind: KeyInUse['kind']): fc.Arbitrary<KeyInUse> =>
  fc.record({
    id: fc.constant(newId('apiKey')),
    kind: fc.constant(kind),
    name: fc.constant('maker'),
    scopes: fc.subarray([...scopes]),
    expiresAt: fc.option(
      time.filter((at) => at > now),
      { nil: null },
    ),
  })
const user = { kind: 'user', userId, deviceId: null } as const
const someRoles = fc.subarray([...roles])
const person: fc.Arbitrary<UserAuth> = someRoles.map((roles) => ({ ...user, roles, key: null, acting: false }))
const personalKey: fc.Arbitrary<UserAuth> = fc
  .tuple(someRoles, keyOf('personal'))
  .map(([roles, key]) => ({ ...user, roles, key, acting: false }))
const service: fc.Arbitrary<CallerAuth> = keyOf('service').map((key) => ({ kind: 'service', key }))
const acting: fc.Arbitrary<UserAuth> = fc
  .tuple(someRoles, fc.oneof(keyOf('service'), keyOf('personal')))
  .map(([roles, key]) => ({ ...user, roles, key, acting: true }))

/** The limits, or the code of the refusal. */
function attempt(auth: CallerAuth, want: WantedKey) {
  try {
    return { made: limitsOfNewKey(auth, want, now), code: undefined }
  } catch (error) {
    if (error instanceof ApiError) return { made: undefined, code: error.details.code }
    throw error
  }
}

const isWithin = (key: KeyInUse, want: WantedKey) => want.scopes.every((scope) => key.scopes.includes(scope))

describe('a key makes keys', () => {
  test('never with a scope it lacks, never for longer than itself, and of its own kind alone', () => {
    let granted = 0
    fc.assert(
      fc.property(fc.oneof(personalKey, service), wanted, (auth, want) => {
        const { made } = attempt(auth, want)
        if (made === undefined) return
        granted += 1
        const key = auth.key!
        expect(isWithin(key, want)).toBe(true)
        expect(want.kind).toBe(key.kind)
        expect(made.owner).toBe(auth.kind === 'user' ? userId : null)
        if (key.expiresAt !== null) expect(made.expiresAt!.getTime()).toBeLessThanOrEqual(key.expiresAt.getTime())
      }),
      { numRuns: 2_000 },
    )
    expect(granted).toBeGreaterThan(50)
  })

  test('and those that these make are within the first one, however long the line', () => {
    const line = fc.array(wanted, { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.oneof(personalKey, service), line, (first, wants) => {
        let auth: CallerAuth = first
        for (const want of wants) {
          const { made } = attempt(auth, want)
          if (made === undefined) continue
          const key = { ...auth.key!, scopes: want.scopes, expiresAt: made.expiresAt }
          auth = { ...auth, key }
        }
        expect(isWithin(first.key!, { kind: 'personal', scopes: auth.key!.scopes })).toBe(true)
        const [end, firstEnd] = [auth.key!.expiresAt, first.key!.expiresAt]
        if (firstEnd !== null) expect(end!.getTime()).toBeLessThanOrEqual(firstEnd.getTime())
      }),
      { numRuns: 1_000 },
    )
  })

  test('whenever it may: nothing within its bounds is refused', () => {
    fc.assert(
      fc.property(fc.oneof(personalKey, service), (auth) => {
        const { kind, scopes, expiresAt } = auth.key!
        fc.pre(scopes.length > 0)
        expect(attempt(auth, { kind, scopes }).made?.expiresAt).toEqual(expiresAt)
        expect(attempt(auth, { kind, scopes, expiresAt: expiresAt ?? undefined }).made?.expiresAt).toEqual(expiresAt)
      }),
    )
  })

  test('not in the name of somebody it acts for', () => {
    fc.assert(
      fc.property(acting, wanted, (auth, want) => {
        expect(attempt(auth, want).code).toBe('NOT_ALLOWED')
      }),
    )
  })
})

describe('a person makes keys', () => {
  test('for acting for others only as an administrator', () => {
    fc.assert(
      fc.property(person, wanted, (auth, want) => {
        const { made, code } = attempt(auth, want)
        const isPast = want.expiresAt !== undefined && want.expiresAt <= now
        const tooWide = want.scopes.includes('act-as') && !auth.roles.includes('admin')
        expect(code).toBe(isPast ? 'INVALID_INPUT' : tooWide ? 'SCOPE_TOO_WIDE' : undefined)
        if (made === undefined) return
        expect(made.owner).toBe(want.kind === 'personal' ? userId : null)
        expect(made.expiresAt).toEqual(want.expiresAt ?? null)
      }),
    )
  })
})
