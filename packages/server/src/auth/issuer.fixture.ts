import { createServer, type RequestListener } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { ApiError } from '../errors.ts'
import type { IssuerSetting } from './issuers.ts'

export interface TestKey {
  readonly kid: string
  readonly alg: string
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly jwk: JWK
}

export interface TestIssuer {
  readonly setting: IssuerSetting
  /** The key it signs with. */
  key: TestKey
  /** The keys that it publishes. */
  published: TestKey[]
  /** How often it was asked for them. */
  fetches: number
  /** Answers instead of the keys. */
  answer: RequestListener | undefined
  /** A token with sensible claims, which may be changed or, as undefined, left out. */
  sign(claims?: Record<string, unknown>, by?: TestKey, header?: Record<string, unknown>): Promise<string>
  stop(): Promise<void>
}

/** A key pair for signing tokens. */
export async function newKey(kid: string, alg = 'ES256'): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { kid, alg, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }
}

/** An issuer of tokens on loopback, whose keys are at `/jwks`. */
export async function startIssuer(): Promise<TestIssuer> {
  const server = createServer((request, response) => {
    issuer.fetches++
    if (issuer.answer) return issuer.answer(request, response)
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys: issuer.published.map(({ jwk }) => jwk) }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`
  const first = await newKey('first')
  const issuer: TestIssuer = {
    setting: { issuer: url, audience: 'antiphon', jwks: `${url}/jwks` },
    key: first,
    published: [first],
    fetches: 0,
    answer: undefined,
    sign(claims = {}, { alg, kid, privateKey } = issuer.key, header = {}) {
      const now = Math.floor(Date.now() / 1000)
      const usual = { iss: url, aud: 'antiphon', sub: 'person-1', iat: now, exp: now + 300 }
      return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg, kid, ...header }).sign(privateKey)
    },
    stop() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
  return issuer
}

/** The refusal that an attempt ends with. */
export async function failureOf(attempt: Promise<unknown>): Promise<ApiError> {
  const error = await attempt.then(
    () => 'none',
    (error: unknown) => error,
  )
  if (error instanceof ApiError) return error
  throw new Error(`Not refused: ${error}`)
}
