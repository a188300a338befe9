import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

/** For loopback alone, and trusted by nobody but these tests. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgW6/OT1fZ+6FLCH82
hpxDkx7tbSDxYdeee1OU47jNqqShRANCAASGpW5ud760P4iGux5jCF/OgFQVEKV9
u1vKZBUWF7Yz66KXOCpj6Yasa+OLRDeq0jXEdG1vVHeLICUvoqyCc6NL
-----END PRIVATE KEY-----`

export const certificate = `-----BEGIN CERTIFICATE-----
MIIBgzCCASmgAwIBAgIBATAKBggqhkjOPQQDAjAZMRcwFQYDVQQDDA5BbnRpcGhv
biB0ZXN0czAgFw0yMDAxMDEwMDAwMDBaGA8yMTIwMDEwMTAwMDAwMFowGTEXMBUG
A1UEAwwOQW50aXBob24gdGVzdHMwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASG
pW5ud760P4iGux5jCF/OgFQVEKV9u1vKZBUWF7Yz66KXOCpj6Yasa+OLRDeq0jXE
dG1vVHeLICUvoqyCc6NLo2AwXjAPBgNVHRMBAf8EBTADAQH/MCwGA1UdEQQlMCOC
CWxvY2FsaG9zdIcEfwAAAYcQAAAAAAAAAAAAAAAAAAAAATAdBgNVHQ4EFgQUQanV
hzZ2XsFhBoHCZIv2nD7TnLAwCgYIKoZIzj0EAwIDSAAwRQIgb0p8OIvfRvqXa0Xl
D3RuFP39pTTn/uOGKALm1cvzzz8CIQDcgx2cT6PDcABWtY69Z85/H85r5BBpEGXa
R5+my3ngFw==
-----END CERTIFICATE-----`

/** An https server on a free port of loopback, until the tests of the file are over. */
export async function startHttps(answer: RequestListener): Promise<{ port: number }> {
  const server = createServer({ key, cert: certificate }, answer)
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port }
}
