import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'

export interface ReceivedMail {
  /** Of the envelope. */
  readonly from: string
  readonly to: readonly string[]
  /** By lower-case name, decoded; of several of a name the last. */
  readonly headers: Readonly<Record<string, string>>
  readonly subject: string
  readonly text: string
  readonly html: string | undefined
  /** The links in its text. */
  readonly links: readonly string[]
  readonly raw: string
}

export interface TestSmtpServer {
  /** For SMTP_URL; with the credentials where there are any. */
  readonly url: string
  readonly mails: readonly ReceivedMail[]
  /** The next mail to an address (or one that fits) that was not waited for before. */
  waitFor(wanted: string | ((mail: ReceivedMail) => boolean), timeoutMs?: number): Promise<ReceivedMail>
  /** From now on answers RCPT TO with this status where one is given. */
  refuse(statusFor: (to: string) => number | undefined): void
  /** Ends the connections that are open, and serves on. */
  hangUp(): void
  close(): Promise<void>
}

interface Options {
  /** Asked of clients. */
  auth?: { user: string; pass: string }
  /** Offers STARTTLS, with a certificate nobody knows. */
  tls?: boolean
}

/** A real mail server on a port of its own, which keeps what it gets. */
export async function startSmtpServer({ auth, tls = false }: Options = {}): Promise<TestSmtpServer> {
  const mails: ReceivedMail[] = []
  const taken = new Set<ReceivedMail>()
  let statusFor: (to: string) => number | undefined = () => undefined
  const server = new SMTPServer({
    disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(auth ? [] : ['AUTH'])],
    authOptional: auth === undefined,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 100,
    onAuth: ({ username, password }, _session, callback) =>
      username === auth?.user && password === auth?.pass
        ? callback(null, { user: username })
        : callback(Object.assign(new Error('Wrong credentials'), { responseCode: 535 })),
    onRcptTo: ({ address }, _session, callback) => {
      const responseCode = statusFor(address)
      callback(responseCode ? Object.assign(new Error(`No mail for ${address}`), { responseCode }) : null)
    },
    onData: (stream, { envelope: { mailFrom, rcptTo } }, callback) => {
      buffer(stream).then((raw) => {
        const from = mailFrom ? mailFrom.address : ''
        mails.push({ from, to: rcptTo.map(({ address }) => address), ...parseMail(raw.toString('latin1')) })
        callback()
      }, callback)
    },
  })
  server.on('error', () => {})
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const { port } = server.server.address() as AddressInfo
  const credentials = auth ? `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.pass)}@` : ''
  const take = (fits: (mail: ReceivedMail) => boolean) => {
    const mail = mails.find((candidate) => !taken.has(candidate) && fits(candidate))
    if (mail) taken.add(mail)
    return mail
  }
  return {
    url: `smtp://${credentials}127.0.0.1:${port}`,
    mails,
    async waitFor(wanted, timeoutMs = 10_000) {
      const fits = typeof wanted === 'string' ? ({ to }: ReceivedMail) => to.includes(wanted) : wanted
      for (const since = Date.now(); Date.now() - since < timeoutMs; await delay(10)) {
        const mail = take(fits)
        if (mail) return mail
      }
      const came = mails.map(({ to, subject }) => `${to}: ${subject}`).join('; ')
      throw new Error(`No such mail within ${timeoutMs} ms (${String(wanted)}). There came: ${came || 'none'}.`)
    },
    refuse: (given) => {
      statusFor = given
    },
    hangUp: () => {
      for (const connection of server.connections) connection.close()
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

type Content = Pick<ReceivedMail, 'headers' | 'subject' | 'text' | 'html' | 'links' | 'raw'>

function parseMail(raw: string): Content {
  const { headers, parts } = parsePart(raw)
  const bodyOf = (type: string) => parts.find(({ contentType }) => contentType.startsWith(type))?.body
  const text = bodyOf('text/plain') ?? ''
  const links = text.match(/https?:\/\/\S+/g) ?? []
  return { headers, subject: headers.subject ?? '', text, html: bodyOf('text/html'), links, raw }
}

interface Part {
  headers: Record<string, string>
  /** Itself, or what it is made of. */
  parts: { contentType: string; body: string }[]
}

/** One part of a message in latin1, so that bytes are characters. */
function parsePart(raw: string): Part {
  const [head = '', ...rest] = raw.split('\r\n\r\n')
  const headers = Object.fromEntries(
    head
      .replace(/\r\n(?=[ \t])/g, '')
      .split('\r\n')
      .map((line) => {
        const colon = line.indexOf(':')
        return [line.slice(0, colon).toLowerCase(), decodeWords(line.slice(colon + 1).trim())]
      }),
  )
  const body = rest.join('\r\n\r\n')
  const contentType = headers['content-type'] ?? 'text/plain'
  const boundary = /boundary="?([^";]+)/i.exec(contentType)?.[1]
  if (boundary === undefined) {
    return { headers, parts: [{ contentType, body: decodeBody(body, headers['content-transfer-encoding']) }] }
  }
  const inner = body.split(`--${boundary}`).slice(1, -1)
  return { headers, parts: inner.flatMap((part) => parsePart(part.replace(/^\r\n|\r\n$/g, '')).parts) }
}

function decodeBody(body: string, encoding = '7bit'): string {
  const decoded = /quoted-printable/i.test(encoding)
    ? quotedPrintable(body.replace(/=[ \t]*\r\n/g, ''))
    : Buffer.from(body, /base64/i.test(encoding) ? 'base64' : 'latin1')
  return decoded.toString('utf8').replaceAll('\r\n', '\n')
}

function quotedPrintable(text: string): Buffer {
  const bytes = text.replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1')
}

/** `=?utf-8?Q?...?=`; a character may be split over two words, so their bytes are joined before decoding. */
function decodeWords(value: string): string {
  return value.replace(/=\?utf-8\?[qb]\?[^?]*\?=(?:\s+=\?utf-8\?[qb]\?[^?]*\?=)*/gi, (words) => {
    const bytes = [...words.matchAll(/=\?utf-8\?([qb])\?([^?]*)\?=/gi)].map(([, kind = '', text = '']) =>
      kind.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : quotedPrintable(text.replaceAll('_', ' ')),
    )
    return Buffer.concat(bytes).toString('utf8')
  })
}
