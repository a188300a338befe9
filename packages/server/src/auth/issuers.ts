import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  type FetchImplementation,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import { z } from 'zod'
import { ApiError } from '../errors.ts'
import { text } from '../text.ts'

const keyAddress = z
  .string()
  .max(2_000, { error: 'is an address of at most 2,000 characters', abort: true })
  .refine(isKeyAddress, {
    error: 'is an https address without a password in it (http only for localhost)',
  })

const issuerSetting = z.strictObject({
  issuer: text({ min: 1, max: 255 }).describe('The `iss` of its tokens, to the letter.'),
  audience: text({ min: 1, max: 255 }).describe('What `aud` of its tokens names: this server.'),
  jwks: keyAddress.describe('The address of its public keys, as a JSON Web Key Set.'),
})

/** The trusted issuers: a list of `{ issuer, audience, jwks }`, each issuer once. */
export const issuerSettings = z
  .array(issuerSetting, { error: 'is a list: [{ "issuer": ..., "audience": ..., "jwks": ... }]' })
  .max(50)
  .refine((list) => new Set(list.map(({ issuer }) => issuer)).size === list.length, {
    error: 'names an issuer twice',
  })

/** The same from the JSON text of a setting. */
export const issuerSettingsJson = z
  .string()
  .transform((json, context): unknown => {
    try {
      return JSON.parse(json)
    } catch {
      context.addIssue({ code: 'custom', message: 'is not JSON' })
      return z.NEVER
    }
  })
  .pipe(issuerSettings)

export type IssuerSetting = z.infer<typeof issuerSetting>

/** Whom a token of a trusted issuer stands for. Names are as the issuer has them, up to 255 characters each. */
export interface IssuedClaims {
  readonly issuer: string
  readonly subject: string
  /** Only one that the issuer has verified. */
  readonly email?: string
  readonly givenName?: string
  readonly familyName?: string
  readonly preferredUsername?: string
  readonly expiresAt: Date
}

/** The trusted issuers of tokens (JWT). */
export interface Issuers {
  /** Whether this has the form of a JWT, whoever issued it. */
  handles(token: string): boolean
  /**
   * Whom a token stands for.
   * @throws TOKEN_INVALID for any token that is not to be trusted
   * @throws UNAVAILABLE when that cannot be told, since the issuer's keys cannot be fetched
   */
  verify(token: string): Promise<IssuedClaims>
}

interface Timing {
  /** How long a fetch of keys may take. */
  timeoutMs?: number
  /** After a fetch, how long an unknown key id causes no other. */
  cooldownMs?: number
  /** How long keys are trusted after a fetch. */
  cacheMs?: number
  /** After a fetch that failed, how long there is no other. */
  pauseMs?: number
}

interface Trusted extends IssuerSetting {
  readonly keys: JWTVerifyGetKey
}

const longestToken = 8_000
const largestKeySet = 256_000
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
]
const latestSecond = Date.UTC(9999, 0) / 1000

const address = z.email()
const name = text({ max: 255 }).nullish()
const claims = z.object({
  sub: text({ min: 1, max: 255 }),
  exp: z.number().positive().max(latestSecond),
  email: text({ max: 254 }).nullish(),
  email_verified: z.unknown().optional(),
  given_name: name,
  family_name: name,
  preferred_username: name,
})

/** Follows the keys of the trusted issuers: nothing is fetched before the first token. */
export function createIssuers(settings: readonly IssuerSetting[], timing: Timing = {}): Issuers {
  const issuers = new Map(
    settings.map((setting) => [setting.issuer, { ...setting, keys: followKeys(setting, timing) }]),
  )
  return {
    handles: (token) => /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token),
    async verify(token) {
      try {
        if (token.length > longestToken) throw new Error('The token is too long.')
        const { iss } = decodeJwt(token)
        const issuer = iss === undefined ? undefined : issuers.get(iss)
        if (issuer === undefined) throw new Error('The issuer is not trusted.')
        return await verifyBy(issuer, token)
      } catch (error) {
        if (error instanceof ApiError) throw error
        // The errors of jose carry the claims, which are no business of a log.
        const reason = error instanceof Error ? error.message : String(error)
        throw new ApiError('TOKEN_INVALID', { cause: new Error(reason) })
      }
    },
  }
}

async function verifyBy({ issuer, audience, keys }: Trusted, token: string): Promise<IssuedClaims> {
  const requiredClaims = ['sub', 'exp']
  const options = { issuer, audience, algorithms, requiredClaims, clockTolerance: 30 }
  const { payload } = await jwtVerify(token, keys, options)
  const { sub, exp, ...said } = claims.parse(payload)
  const isVerified = said.email_verified === true && address.safeParse(said.email).success
  return {
    issuer,
    subject: sub,
    expiresAt: new Date(exp * 1000),
    ...(isVerified && said.email && { email: said.email }),
    ...(said.given_name && { givenName: said.given_name }),
    ...(said.family_name && { familyName: said.family_name }),
    ...(said.preferred_username && { preferredUsername: said.preferred_username }),
  }
}

function followKeys({ jwks }: IssuerSetting, timing: Timing): JWTVerifyGetKey {
  const { timeoutMs = 5_000, cooldownMs = 10_000, cacheMs = 600_000, pauseMs = 5_000 } = timing
  return createRemoteJWKSet(new URL(jwks), {
    timeoutDuration: timeoutMs,
    cooldownDuration: cooldownMs,
    cacheMaxAge: cacheMs,
    [customFetch]: pausing(fetchKeySet, pauseMs),
  })
}

/** Makes UNAVAILABLE of any failure, and gives the issuer a pause after one. */
function pausing(fetchKeys: FetchImplementation, pauseMs: number): FetchImplementation {
  let pausedUntil = 0
  const unavailable = (retryAfterMs: number, cause?: unknown) =>
    new ApiError('UNAVAILABLE', {
      message: 'The keys of the issuer of this token cannot be fetched just now; try again.',
      retryAfterMs: Math.ceil(retryAfterMs),
      cause,
    })
  return async (url, options) => {
    const rest = pausedUntil - performance.now()
    if (rest > 0) throw unavailable(rest)
    try {
      return await fetchKeys(url, options)
    } catch (cause) {
      pausedUntil = performance.now() + pauseMs
      throw unavailable(pauseMs, cause)
    }
  }
}

const keySet = z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(100) })

async function fetchKeySet(url: string, options: Parameters<FetchImplementation>[1]): Promise<Response> {
  const response = await fetch(url, { ...options, redirect: 'manual' })
  if (response.status !== 200) {
    await response.body?.cancel()
    throw new Error(`${url} answers with status ${response.status}, not with keys.`)
  }
  return Response.json(keySet.parse(JSON.parse(await readBounded(response))))
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > largestKeySet) throw new Error(`${response.url} answers with more than ${largestKeySet} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function isKeyAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const url = new URL(address)
  if (url.username !== '' || url.password !== '') return false
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)
}
