import { BlockList, isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cutAddress, networkOf, plainAddress } from './address.ts'

const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 })
const ipv4 = fc.ipV4()
const ipv6 = fc.oneof(fc.ipV6(), groups.map(full))

function full(parts: number[]): string {
  return parts.map((group) => group.toString(16)).join(':')
}

/** Whether two addresses share a prefix, by Node's own arithmetic. */
function sharePrefix(one: string, other: string, bits: number): boolean {
  const list = new BlockList()
  list.addSubnet(one, bits, 'ipv6')
  return list.check(other, 'ipv6')
}

function isMapped(address: string): boolean {
  return sharePrefix('::ffff:0:0', address, 96)
}

describe('the network of an address', () => {
  test.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8::1', '2001:db8::/64'],
    ['2001:db8:0:0:1::', '2001:db8::/64'],
    ['0:0:0:7::1', '0:0:0:7::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '192.0.2.7'],
    ['0:0:0:0:0:FFFF:192.0.2.7', '192.0.2.7'],
    ['64:ff9b::192.0.2.7', '64:ff9b::/64'],
    ['192.0.2.7', '192.0.2.7'],
    ['', ''],
    ['unknown', 'unknown'],
    ['%eth0', '%eth0'],
    ['192.0.2.07', '192.0.2.07'],
    ['1:2', '1:2'],
    ['[::1]', '[::1]'],
  ])('%s: %s', (address, network) => expect(networkOf(address)).toBe(network))

  test('IPv4 is its own network, also mapped', () => {
    fc.assert(
      fc.property(ipv4, (address) => {
        expect(networkOf(address)).toBe(address)
        expect(networkOf(`::ffff:${address}`)).toBe(address)
      }),
    )
  })

  test('two IPv6 addresses have one network exactly if their first 64 bits are one', () => {
    fc.assert(
      fc.property(groups, groups, fc.integer({ min: 0, max: 8 }), (one, other, common) => {
        const [a, b] = [full(one), full([...one.slice(0, common), ...other.slice(common)])]
        fc.pre(!isMapped(a) && !isMapped(b))
        expect(networkOf(a) === networkOf(b)).toBe(sharePrefix(a, b, 64))
      }),
    )
  })

  test('however an address is written, its network is the same', () => {
    fc.assert(
      fc.property(ipv6, fc.constantFrom('', '%eth0', '%12'), (address, zone) => {
        const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
        expect(networkOf(address.toUpperCase() + zone)).toBe(networkOf(canonical))
      }),
    )
  })

  test('nothing throws, and a network stays what it is', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), ipv4, ipv6), (text) => {
        expect(networkOf(networkOf(text))).toBe(networkOf(text))
      }),
    )
  })
})

describe('a cut address', () => {
  test.each([
    ['192.0.2.7', '192.0.2.0'],
    ['192.0.2.177', '192.0.2.0'],
    ['::ffff:192.0.2.7', '192.0.2.0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
    ['2001:db8::5', '2001:db8::'],
    ['::1', '::'],
    ['0:0:1::1', '0:0:1::'],
    ['unknown', 'unknown'],
  ])('%s: %s', (address, cut) => expect(cutAddress(address)).toBe(cut))

  test('is an address again, the same when cut once more, and holds no more than 24 or 48 bits', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6), (address) => {
        const cut = cutAddress(address)
        expect(isIP(cut)).toBeGreaterThan(0)
        expect(cutAddress(cut)).toBe(cut)
        if (isIP(cut) === 4) expect(cut).toMatch(/\.0$/)
        else {
          expect(sharePrefix(cut, address, 48)).toBe(true)
          expect(new URL(`http://[${cut}]`).hostname).toBe(`[${cut}]`)
        }
      }),
    )
  })
})

describe('an address as it is kept', () => {
  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['192.0.2.7:50123', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:DB8::7', '2001:db8::7'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['[2001:db8::7]', '2001:db8::7'],
    ['fe80::1%eth0', 'fe80::1'],
  ])('%s: %s', (given, kept) => expect(plainAddress(given)).toBe(kept))

  test.each([
    '',
    'unknown',
    '_hidden',
    '999.0.0.1',
    '1.2.3',
    '192.0.2.7:',
    '[]',
    '[]:80',
    ':80',
    "'; drop table users --",
  ])('%j is none', (given) => expect(plainAddress(given)).toBeUndefined())

  test('is one, whatever comes: what the database can cut', () => {
    fc.assert(
      fc.property(fc.oneof(ipv4, ipv6, fc.string(), fc.webAuthority()), (given) => {
        const kept = plainAddress(given)
        if (kept !== undefined) expect(isIP(kept)).toBeGreaterThan(0)
      }),
    )
  })
})
