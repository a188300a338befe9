import { describe, expect, test } from 'vitest'
import { isPublic, parseHosts, refusalOf } from './address.ts'

const none = new Set<string>()
const privately = 'The address leads to a network that is not public.'

test.each([
  ...['93.184.215.14', '8.8.8.8', '172.15.0.1', '172.32.0.1', '100.63.255.255', '100.128.0.1', '192.167.1.1'],
  ...['11.0.0.1', '223.255.255.255', '2606:4700:4700::1111', '2a00:1450:4001::1', '2001:200::1'],
])('%s is public', (address) => {
  expect(isPublic(address)).toBe(true)
})

test.each([
  ...['0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '127.0.0.1', '127.255.0.1', '169.254.169.254'],
  ...['172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.0.1', '198.18.0.1'],
  ...['198.51.100.7', '203.0.113.7', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255'],
  ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::7f00:1', '64:ff9b::7f00:1', '64:ff9b:1::1', '100::1'],
  ...['2001::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '4000::1', '5f00::1', 'fc00::1', 'fd12::1', 'fe80::1'],
  ...['fe80::1%eth0', 'fec0::1', 'ff02::1', '', 'localhost', '300.1.1.1'],
])('%s is not', (address) => {
  expect(isPublic(address)).toBe(false)
})

describe('an address to fetch from', () => {
  test.each<readonly [string, string]>([
    ['http://files.example.com/a.csv', 'The address does not begin with https://.'],
    ['ftp://files.example.com/a.csv', 'The address does not begin with https://.'],
    ['file:///etc/passwd', 'The address does not begin with https://.'],
    ['https://ann@files.example.com/', 'The address has a user name or a password in it.'],
    ['https://ann:secret@files.example.com/', 'The address has a user name or a password in it.'],
    // What a browser, and Node, make of these: 127.0.0.1, 10.0.0.1, 169.254.169.254.
    ...[
      ...['https://127.0.0.1/', 'https://2130706433/', 'https://0x7f000001/', 'https://0177.0.0.1/', 'https://127.1/'],
      ...['https://127.0.0.1./', 'https://①②⑦.0.0.1/', 'https://10.0.0.1:8443/', 'https://012.1/'],
      ...['https://169.254.169.254/latest/meta-data/', 'https://0xa9fea9fe/', 'https://[::1]/', 'https://[::]/'],
      ...['https://[::ffff:127.0.0.1]/', 'https://[::ffff:a9fe:a9fe]/', 'https://[64:ff9b::a00:1]/', 'https://0/'],
    ].map((url) => [url, privately] as const),
  ])('%s is refused', (url, why) => {
    expect(refusalOf(new URL(url), none)).toBe(why)
  })

  test.each(['https://files.example.com/a.csv?day=1', 'https://93.184.215.14/', 'https://[2606:4700:4700::1111]:444/'])(
    '%s is worth a try',
    (url) => {
      expect(refusalOf(new URL(url), none)).toBeUndefined()
    },
  )

  test("one's own hosts may be private, at their port, by https alone", () => {
    const own = new Set(parseHosts('10.0.0.5:8443, [::1]:9443,Files.Intern, 10.0.0.6'))
    expect([...own]).toEqual(['10.0.0.5:8443', '[::1]:9443', 'files.intern', '10.0.0.6'])
    for (const url of ['https://10.0.0.5:8443/x', 'https://[::1]:9443/', 'https://10.0.0.6/', 'https://10.0.0.6:443/'])
      expect(refusalOf(new URL(url), own)).toBeUndefined()
    for (const url of ['https://10.0.0.5/x', 'https://10.0.0.7/']) expect(refusalOf(new URL(url), own)).toBe(privately)
    expect(refusalOf(new URL('http://10.0.0.5:8443/x'), own)).toBe('The address does not begin with https://.')
    const named = new URL('https://a:b@10.0.0.6/')
    expect(refusalOf(named, own)).toBe('The address has a user name or a password in it.')
    expect(parseHosts('')).toEqual([])
    for (const wrong of ['https://x', 'x/y', 'x y', 'u@x', 'x:99999', 'x?', 'x#'])
      expect(() => parseHosts(`good.example, ${wrong}`)).toThrow('which is not a host')
  })
})
