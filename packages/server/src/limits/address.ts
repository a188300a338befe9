import { isIPv4, isIPv6 } from 'node:net'

/**
 * What counts as one place: of IPv6 the /64, since whoever has one address has all of it; of IPv4 the address, also where
 * it comes mapped into IPv6. What is no address is returned as it is.
 */
export function networkOf(address: string): string {
  const parsed = parse(address)
  if (parsed === undefined) return address
  return typeof parsed === 'string' ? parsed : `${firstGroups(parsed, 4)}/64`
}

/** An address as it is kept: without zone and port, IPv4 never mapped into IPv6. Undefined for what is none. */
export function plainAddress(given: string): string | undefined {
  const host = /^\[(.+)\](?::\d+)?$/.exec(given)?.[1] ?? /^([\d.]+):\d+$/.exec(given)?.[1] ?? given
  const [plain = ''] = host.split('%')
  const parsed = parse(plain)
  return typeof parsed === 'string' ? parsed : parsed && plain.toLowerCase()
}

/** An address without its end, for records that are kept for long: IPv4 as x.y.z.0, of IPv6 the first 48 bits. */
export function cutAddress(address: string): string {
  const parsed = parse(address)
  if (parsed === undefined) return address
  return typeof parsed === 'string' ? parsed.replace(/\d+$/, '0') : firstGroups(parsed, 3)
}

/** IPv4 as text, IPv6 as its eight groups. */
function parse(address: string): string | number[] | undefined {
  const [plain = ''] = address.split('%')
  if (isIPv4(plain)) return plain
  if (!isIPv6(plain)) return undefined
  const [left = '', right] = plain.split('::')
  const [before, after] = [groupsOf(left), groupsOf(right ?? '')]
  const groups = [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
  return mappedIPv4(groups) ?? groups
}

function groupsOf(part: string): number[] {
  if (part === '') return []
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}

function mappedIPv4([a, b, c, d, e, f, high = 0, low = 0]: number[]): string | undefined {
  if ([a, b, c, d, e].some((group) => group !== 0) || f !== 0xffff) return undefined
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** The address with zeros from there on, as RFC 5952 writes it. */
function firstGroups(groups: number[], count: number): string {
  const kept = groups.slice(0, count)
  const end = kept.findLastIndex((group) => group !== 0) + 1
  return `${kept
    .slice(0, end)
    .map((group) => group.toString(16))
    .join(':')}::`
}
