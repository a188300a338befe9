import { randomBytes } from 'node:crypto'
import { generateSecret, NobleCryptoPlugin, ScureBase32Plugin, TOTP } from 'otplib'
import { digest } from '../../auth/tokens.ts'
import type { Vault } from '../../auth/vault.ts'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import type { UserId } from '../../ids.ts'
import type { ExactLimits } from '../../limits/exact.ts'
import { recoveryCodeCount } from './schema.ts'
import { findMfa, findWaitingSecret, useRecoveryCode, useStep } from './store.ts'

/** What it takes to check codes. A procedure's context is one, with the pool as `db`, not a transaction. */
export interface CodeCheck {
  readonly db: Db
  readonly vault: Vault
  readonly limits: ExactLimits
}

/** Where a code is asked for: failures at one place do not count at the other. */
export type Place = 'sign-in' | 'session'

/**
 * For acts that a second factor protects, where one is on: takes the code and uses it up, a TOTP code or a recovery code.
 * Call it before the transaction of the act: a code is used up for good, also when the act fails later.
 * @throws MFA_REQUIRED without a code, WRONG_CODE, RATE_LIMITED
 */
export async function requireCode(
  at: CodeCheck,
  userId: UserId,
  code: string | undefined,
  place: Place = 'session',
): Promise<void> {
  refuseTransaction(at.db)
  const mfa = await findMfa(at.db, userId)
  if (mfa?.on === false) return
  if (code === undefined) throw new ApiError('MFA_REQUIRED')
  await takeCode(at, userId, mfa?.secret ?? null, { code, place })
}

/**
 * The same for acts on the second factor itself.
 * @throws MFA_OFF, WRONG_CODE, RATE_LIMITED
 */
export async function requireCodeOfMfa(at: CodeCheck, userId: UserId, code: string): Promise<void> {
  refuseTransaction(at.db)
  const mfa = await findMfa(at.db, userId)
  if (mfa?.on !== true) throw new ApiError('MFA_OFF')
  await takeCode(at, userId, mfa.secret, { code, place: 'session' })
}

function refuseTransaction(db: Db): void {
  if (db.isTransaction) throw new Error('A code is used up outside of transactions: a rollback would give it back.')
}

async function takeCode(
  { db, vault, limits }: CodeCheck,
  userId: UserId,
  sealed: Buffer | null,
  { code, place }: { code: string; place: Place },
) {
  const attempt = await limits.beforeCode({ userId, place })
  const typed = normaliseCode(code)
  const right = isTotp(typed)
    ? sealed !== null && (await takeTotp(db, vault, userId, sealed, typed))
    : await useRecoveryCode(db, userId, digest(typed))
  if (!right) throw wrongCode()
  await attempt.succeeded()
}

async function takeTotp(db: Db, vault: Vault, userId: UserId, sealed: Buffer, digits: string): Promise<boolean> {
  const step = await stepOf(openSecret(vault, userId, sealed), digits)
  return step !== undefined && useStep(db, userId, sealed, step)
}

/**
 * Checks a code against the secret that waits to be confirmed: the sealed secret and the step of the code, to confirm it by.
 * @throws MFA_OFF where none waits, WRONG_CODE, RATE_LIMITED
 */
export async function checkWaitingSecret({ db, vault, limits }: CodeCheck, userId: UserId, code: string) {
  const sealed = await findWaitingSecret(db, userId)
  if (sealed === undefined) throw new ApiError('MFA_OFF')
  const attempt = await limits.beforeCode({ userId, place: 'session' })
  const typed = normaliseCode(code)
  const step = isTotp(typed) ? await stepOf(openSecret(vault, userId, sealed), typed) : undefined
  if (step === undefined) throw wrongCode()
  await attempt.succeeded()
  return { sealed, step }
}

export function wrongCode(): ApiError {
  return new ApiError('WRONG_CODE', { field: 'code' })
}

const issuer = 'Antiphon'
const [digits, period] = [6, 30]
const totp = new TOTP({ crypto: new NobleCryptoPlugin(), base32: new ScureBase32Plugin(), digits, period })

/** The time step whose code this is: the current one, the one before or after; undefined for other codes. */
async function stepOf(secret: string, token: string): Promise<number | undefined> {
  const result = await totp.verify(token, { secret, epochTolerance: period })
  return result.valid ? result.timeStep : undefined
}

/** A new TOTP secret of 160 bits: as base32, as a URI for authenticators, and sealed for the database. */
export function makeSecret(vault: Vault, user: { id: UserId; userName: string }) {
  const secret = generateSecret({ length: 20 })
  const label = `${issuer}:${encodeURIComponent(user.userName)}`
  // Written out, defaults too: authenticators differ in what they assume.
  const uri = `otpauth://totp/${label}?secret=${secret}&issuer=${issuer}&algorithm=SHA1&digits=${digits}&period=${period}`
  return { secret, uri, sealed: vault.seal(purposeOf(user.id), secret) }
}

function openSecret(vault: Vault, userId: UserId, sealed: Buffer): string {
  return vault.open(purposeOf(userId), sealed)
}

function purposeOf(userId: UserId): string {
  return `totp:${userId}`
}

/** Base32 without letters that look like digits. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** New recovery codes of 80 bits, `xxxx-xxxx-xxxx-xxxx`, and the hashes to know them by. */
export function makeRecoveryCodes(): { codes: string[]; hashes: Buffer[] } {
  const plain = Array.from({ length: recoveryCodeCount }, () =>
    Array.from(randomBytes(16), (byte) => alphabet[byte & 31]).join(''),
  )
  return { codes: plain.map((code) => code.replace(/.{4}(?=.)/g, '$&-')), hashes: plain.map(digest) }
}

function isTotp(typed: string): boolean {
  return /^[0-9]{6}$/.test(typed)
}

/** A code as it was meant: in any case, without blanks and dashes, letters that are mistaken for digits as those. */
function normaliseCode(code: string): string {
  return code
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s\p{Pd}]/gu, '')
    .replaceAll('o', '0')
    .replace(/[il]/g, '1')
}
