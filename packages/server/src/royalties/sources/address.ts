import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Hosts of one's own network that files may come from though their addresses are not public: `host` or `host:port`. */
export type OwnHosts = ReadonlySet<string>

/** Hosts as a setting names them; the port is 443 where none is named. */
export function parseHosts(text: string): string[] {
  const hosts = text.split(',').flatMap((part) => part.trim() || [])
  return hosts.map((host) => {
    const address = `https://${host}`
    const url = URL.canParse(address) ? new URL(address) : undefined
    if (url === undefined || url.href !== `https://${url.host}/` || /[/?#@]/.test(host)) {
      throw new Error(`holds "${host}", which is not a host, such as files.example.com or 10.0.0.5:8443`)
    }
    return url.host
  })
}

/** Why nothing is fetched from there, as far as the address itself tells; undefined where something may be. */
export function refusalOf(url: URL, own: OwnHosts): string | undefined {
  if (url.protocol !== 'https:') return 'The address does not begin with https://.'
  if (url.username !== '' || url.password !== '') return 'The address has a user name or a password in it.'
  const host = hostOf(url)
  if (isIP(host) === 0 || own.has(url.host) || isPublic(host)) return undefined
  return 'The address leads to a network that is not public.'
}

/** The host without the brackets that addresses of IPv6 have. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1')

/** Whether an IP address is one of the public internet: not of this machine, of a local network, or of a special kind. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast') return false
  return parsed.kind() === 'ipv4' || parsed.match(globalUnicast)
}

/** All that is given out of IPv6; what is beyond may mean anything. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3')
