import { createTransport } from 'nodemailer'
import type { Logger } from 'pino'

export interface Mail {
  /** One plain address, without a name. */
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly html?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Something for the calendar: iCalendar, and what it is to do there. */
  readonly calendar?: { readonly method: 'request' | 'cancel'; readonly text: string }
}

export interface Mailer {
  /**
   * Resolves when the mail server has taken the mail.
   * @throws MailRefusedError when it never will; another error when it may later
   */
  send(mail: Mail): Promise<void>
  /** Lets go of the mail server; what is being sent is finished. */
  close(): void
}

/** Where mails go: to a server, to the log (for development), or nowhere. */
export type MailOptions = { readonly smtpUrl: string; readonly from: string } | 'log' | undefined

export interface MailTimeouts {
  connectMs: number
  /** Between two signs of life of the server. */
  silenceMs: number
  /** For one mail as a whole. */
  totalMs: number
}

const patience: MailTimeouts = { connectMs: 10_000, silenceMs: 20_000, totalMs: 45_000 }
const maxConnections = 3

/** The mail was refused for good: another try would be refused as well. */
export class MailRefusedError extends Error {
  override readonly name = 'MailRefusedError'
}

/** Whether sending failed for good. */
export function isPermanent(error: unknown): boolean {
  return error instanceof MailRefusedError
}

/** @throws Error when the address of the mail server or of the sender is not one */
export function createMailer(options: MailOptions, log: Logger, timeouts = patience): Mailer {
  if (options === undefined) {
    const send = async () => log.warn('a mail was not sent, because no mail server is set')
    return { send, close: () => {} }
  }
  if (options === 'log') {
    const send = async ({ to, subject, text }: Mail) => log.info({ mail: { to, subject, text } }, 'a mail, not sent')
    return { send, close: () => {} }
  }
  return createSmtpMailer(options, log, timeouts)
}

function createSmtpMailer(
  { smtpUrl, from }: { smtpUrl: string; from: string },
  log: Logger,
  { connectMs, silenceMs, totalMs }: MailTimeouts,
): Mailer {
  if (!/^[^\r\n]*[^\s@]@[^\s@]+$/.test(from)) throw new Error('The sender of mails is not an email address.')
  const transport = createTransport({
    ...serverOf(smtpUrl),
    pool: true,
    maxConnections,
    connectionTimeout: connectMs,
    dnsTimeout: connectMs,
    greetingTimeout: connectMs,
    socketTimeout: silenceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  transport.on('error', (error: Error) =>
    log.warn({ reason: error.message }, 'a connection to the mail server was lost'),
  )
  return {
    async send({ to, subject, text, html, headers, calendar }) {
      if (!isAddress(to)) throw new MailRefusedError('The recipient is not an email address.')
      const signal = AbortSignal.timeout(totalMs)
      const own = { 'Auto-Submitted': 'auto-generated', ...headers }
      try {
        const icalEvent = calendar && { method: calendar.method, content: calendar.text, filename: 'invite.ics' }
        const message = { from, to: { name: '', address: to }, subject, text, html, headers: own, icalEvent, signal }
        await transport.sendMail(message)
      } catch (error) {
        if (!isRefusal(error)) throw error
        log.warn({ reason: error.message }, 'a mail was refused for good')
        throw new MailRefusedError(error.message, { cause: error })
      }
    },
    close: () => transport.close(),
  }
}

/** TLS is a must, but for a server on this machine, whose certificate would be its own. */
function serverOf(smtpUrl: string) {
  const url = URL.canParse(smtpUrl) ? new URL(smtpUrl) : undefined
  if (url === undefined || !/^smtps?:$/.test(url.protocol) || url.hostname === '' || url.search !== '') {
    // Not the address itself: it holds a password.
    throw new Error('The mail server is not an address like smtp://user:password@mail.example.com:587.')
  }
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isLocal = /^(localhost|127(\.\d+){3}|::1)$/i.test(host)
  const secure = url.protocol === 'smtps:'
  const auth = { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) }
  return {
    host,
    port: Number(url.port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && !isLocal,
    ...(auth.user !== '' && { auth }),
    ...(isLocal && { tls: { rejectUnauthorized: false } }),
  }
}

/** One address, no list of them and nothing that ends a header or a command. */
function isAddress(value: string): boolean {
  return /^[^\s<>()[\],;:"\\@\p{C}]+@[^\s<>(),;"\\@\p{C}]+$/u.test(value)
}

/** A refusal of this mail, rather than of our connection or credentials (53x), which can be mended. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error)) return false
  if (error.code !== 'EENVELOPE' && error.code !== 'EMESSAGE') return false
  const status = 'responseCode' in error ? error.responseCode : undefined
  return typeof status !== 'number' || (status >= 500 && status !== 503 && Math.floor(status / 10) !== 53)
}
