import { describe, expect, test } from 'vitest'
import { isTrustedOrigin, ownOrigin, parseOrigins } from './origins.ts'

const lists = { ownOrigins: ['https://chat.example.com', 'http://[::1]:3000'], allowed: ['http://localhost:5173'] }
const from = (origin: string | undefined, method = 'POST', fetchSite?: string) =>
  isTrustedOrigin({ origin, method, fetchSite, ...lists })

describe('an Origin', () => {
  test.each([
    'https://chat.example.com',
    'https://chat.example.com:443',
    'HTTPS://Chat.Example.COM',
    'http://[::1]:3000',
    'http://[0:0::1]:3000',
    'http://localhost:5173',
  ])('%s is trusted, for any method', (origin) => {
    expect(['GET', 'POST', 'DELETE', 'OPTIONS'].map((method) => from(origin, method))).toEqual(Array(4).fill(true))
    expect(from(origin, 'POST', 'cross-site')).toBe(true)
  })

  test.each([
    'null',
    '',
    '*',
    'https://evil.example',
    'http://chat.example.com',
    'https://chat.example.com:8443',
    'https://chat.example.com.evil.example',
    'https://evilchat.example.com',
    'https://sub.chat.example.com',
    'https://example.com',
    'https://chat.example.com/',
    'https://chat.example.com/path',
    'https://chat.example.com?x',
    'https://chat.example.com#x',
    'https://chat.example.com@evil.example',
    'https://evil.example\\@chat.example.com',
    'https://chat.example.com\\.evil.example',
    'https:chat.example.com',
    'https:/chat.example.com',
    '//chat.example.com',
    'chat.example.com',
    ' https://chat.example.com',
    'https://chat.exam\tple.com',
    'https://chat.example.com, https://evil.example',
    'https://chat.example.com.',
    'wss://chat.example.com',
    'file://chat.example.com',
    'http://localhost',
    'http://127.0.0.1:5173',
    `https://${'a'.repeat(1e6)}`,
  ])('%j is not, for any method', (origin) => {
    expect(['GET', 'HEAD', 'POST'].some((method) => from(origin, method))).toBe(false)
    expect(from(origin, 'GET', 'same-origin')).toBe(false)
  })

  test('is never trusted where nothing is', () => {
    const nothing = { method: 'GET', fetchSite: undefined, ownOrigins: [], allowed: [] }
    expect(isTrustedOrigin({ ...nothing, origin: 'https://chat.example.com' })).toBe(false)
    expect(isTrustedOrigin({ ...nothing, origin: 'null', allowed: ['null', '*', ''] })).toBe(false)
  })
})

test.each([
  ['GET', undefined, true],
  ['HEAD', undefined, true],
  ['GET', 'same-origin', true],
  ['GET', 'none', true],
  ['HEAD', 'none', true],
  ['GET', 'same-site', false],
  ['GET', 'cross-site', false],
  ['GET', '', false],
  ['GET', 'anything', false],
  ['POST', undefined, false],
  ['POST', 'same-origin', false],
  ['POST', 'none', false],
  ['DELETE', 'same-origin', false],
  ['OPTIONS', undefined, false],
  ['get', undefined, false],
])('without an Origin, %s with Sec-Fetch-Site %s: %s', (method, fetchSite, trusted) => {
  expect(from(undefined, method, fetchSite)).toBe(trusted)
})

test.each([
  [{ host: 'localhost:3000', protocol: 'http' }, 'http://localhost:3000'],
  [{ host: 'Chat.Example.com:443', protocol: 'https' }, 'https://chat.example.com'],
  [{ host: '[::1]:3000', protocol: 'http' }, 'http://[::1]:3000'],
  [{ host: undefined, protocol: 'http' }, undefined],
  [{ host: '', protocol: 'http' }, undefined],
  [{ host: 'evil.example/chat.example.com', protocol: 'https' }, undefined],
  [{ host: 'chat.example.com@evil.example', protocol: 'https' }, undefined],
  [{ host: 'a b', protocol: 'https' }, undefined],
  [{ host: 'chat.example.com', protocol: 'ws' }, undefined],
  [{ publicUrl: 'https://Chat.example.com/app/', host: 'inside:3000', protocol: 'http' }, 'https://chat.example.com'],
  [{ publicUrl: 'https://chat.example.com', host: undefined, protocol: 'http' }, 'https://chat.example.com'],
  [{ publicUrl: 'nonsense', host: 'localhost', protocol: 'http' }, undefined],
  [{ publicUrl: 'file:///x', host: 'localhost', protocol: 'http' }, undefined],
])('the own origin of %j is %s', (request, origin) => {
  expect(ownOrigin(request)).toBe(origin)
})

describe('the setting', () => {
  test.each([
    ['', []],
    [' , ,', []],
    ['https://a.example', ['https://a.example']],
    ['https://a.example, http://localhost:5173 ,', ['https://a.example', 'http://localhost:5173']],
    ['https://A.example:443,https://a.example', ['https://a.example']],
    ['https://grün.example', ['https://xn--grn-ioa.example']],
  ])('%j allows %j', (text, origins) => {
    expect(parseOrigins(text)).toEqual(origins)
  })

  test.each([
    ['*', 'no wildcards'],
    ['https://*.example.com', 'no wildcards'],
    ['null', 'begins with https:// or http://'],
    ['app.example.com', 'begins with https:// or http://'],
    ['ftp://app.example.com', 'begins with https:// or http://'],
    ['https://app.example.com/', 'no path, not even a slash'],
    ['https://app.example.com/app', 'no path'],
    ['https://app.example.com?x=1', 'no path'],
    ['https://u:p@app.example.com', 'nothing else'],
    ['https://app.example.com:99999', 'nothing else'],
    ['https://a.example https://b.example', 'commas separate'],
    ['https://', 'nothing else'],
  ])('%j is refused', (text, message) => {
    expect(() => parseOrigins(`https://good.example,${text}`)).toThrow(message)
    expect(() => parseOrigins(text)).toThrow(`"${text}" is not an origin`)
  })
})
