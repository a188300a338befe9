import { afterAll, expect, vi } from 'vitest'
import { startTestServer } from '../../../test/server.ts'
import { type ReceivedMail, startSmtpServer } from '../../../test/smtp.ts'

export const publicUrl = 'https://meet.example/app/'

/** A server whose mails go to a mail server on loopback, or to another address where one is given. */
export async function startMailingServer(options: { smtpUrl?: string } = {}) {
  const smtp = await startSmtpServer()
  const mail = { smtpUrl: options.smtpUrl ?? smtp.url, from: 'Antiphon <no-reply@antiphon.example>' }
  const server = await startTestServer({ mail, publicUrl })
  afterAll(() => smtp.close())
  const { query } = server

  /** Jobs that are left, the oldest first. */
  const jobs = () =>
    query<{ task: string; attempts: number; lastError: string | null }>(
      `select task_identifier as task, attempts, last_error as "lastError" from graphile_worker.jobs order by id`,
    )
  /** Waits until all that was to be mailed is mailed, or given up. */
  const settled = () => vi.waitFor(async () => expect(await jobs()).toEqual([]), { timeout: 15_000, interval: 20 })
  /** The secret of the link in the next mail to an address. */
  const nextToken = async (to: string) => tokenOf(await smtp.waitFor(to))
  /** Has links expire that are good for less than so many minutes from now. */
  const pass = (minutes: number) =>
    query(`update mail_tokens set expires_at = expires_at - $1 * interval '1 minute'`, [minutes])
  /** Has the counts of an hour end. */
  const passHour = () => query('update rate_limits set expire = expire - 3600000')
  /** Signs somebody up whose address is verified by its mail. */
  const signUpVerified = async (userName?: string) => {
    const person = await server.signUp(userName)
    await server.anyone.users.verifyEmail({ token: await nextToken(`${person.user.userName}@example.com`) })
    return { ...person, email: `${person.user.userName}@example.com` }
  }
  return { ...server, smtp, jobs, settled, nextToken, pass, passHour, signUpVerified }
}

/** The token of a mail's link, which is in the fragment and nowhere else. */
export function tokenOf(mail: ReceivedMail): string {
  const [link = '', ...more] = mail.links
  expect(more).toEqual([])
  const [, token = ''] =
    /^https:\/\/meet\.example\/app\/#\/(?:verify|reset|invitation)\/(mlt_[0-9a-z]{26}\.[\w-]{43})$/.exec(link) ?? []
  expect([link, token.length]).toEqual([link, 74])
  return token
}

let networks = 0

/** An address in a network of its own. */
export function nextAddress(): string {
  networks++
  return `198.18.${networks >> 8}.${networks & 255}`
}
