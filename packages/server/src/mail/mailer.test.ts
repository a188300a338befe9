import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import pino from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { startSmtpServer } from '../../test/smtp.ts'
import { createMailer, isPermanent, type MailOptions, MailRefusedError, type MailTimeouts } from './mailer.ts'

type SmtpOptions = Parameters<typeof startSmtpServer>[0]

const mail = { to: 'ann@example.org', subject: 'Hello', text: 'How are you?\n' }

async function open(options: SmtpOptions & { host?: string } = {}) {
  const { host = '127.0.0.1', ...rest } = options
  const server = await startSmtpServer(rest)
  const url = server.url.replace('127.0.0.1', host)
  const { mailer, lines } = mailerFor({ smtpUrl: url, from: 'Antiphon <no-reply@example.com>' })
  onTestFinished(async () => {
    mailer.close()
    await server.close()
  })
  return { server, mailer, lines }
}

function mailerFor(options: MailOptions, timeouts?: MailTimeouts) {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
  return { mailer: createMailer(options, log, timeouts), lines }
}

/** A server that accepts connections, and then does what is given. */
async function listen(answer: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}))
    answer(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function failureOf(sending: Promise<void>): Promise<unknown> {
  return sending.then(
    () => {
      throw new Error('The mail went through.')
    },
    (error: unknown) => error,
  )
}

test('a mail arrives whole, in any script', async () => {
  const { server, mailer } = await open()
  const subject = 'Grüße, 世界 👋 — a long subject that has to be folded over more than one line of the header'
  const text = `Zeile mit ä\n.\n..\nFrom here\nhttps://example.org/#/verify/${'x'.repeat(300)}?a=b&c=d\n`
  await mailer.send({ to: 'ann@example.org', subject, text, html: '<p>ä & 世界</p>', headers: { 'X-Note': 'größer' } })
  const received = await server.waitFor('ann@example.org')
  expect(received).toMatchObject({ from: 'no-reply@example.com', to: ['ann@example.org'], subject, text })
  expect(received.html?.trim()).toBe('<p>ä & 世界</p>')
  expect(received.links).toEqual([`https://example.org/#/verify/${'x'.repeat(300)}?a=b&c=d`])
  expect(received.headers).toMatchObject({
    from: 'Antiphon <no-reply@example.com>',
    to: 'ann@example.org',
    'auto-submitted': 'auto-generated',
    'x-note': 'größer',
  })
})

test('many mails share few connections, and a connection that was lost is replaced', async () => {
  const { server, mailer } = await open()
  const recipients = Array.from({ length: 30 }, (_, n) => `user${n}@example.org`)
  await Promise.all(recipients.map((to) => mailer.send({ ...mail, to })))
  expect(server.mails.map(({ to }) => to[0]).sort()).toEqual(recipients.sort())
  server.hangUp()
  await mailer.send(mail)
  await server.waitFor(mail.to)
})

test('signs in where a user is given; wrong credentials may be mended, so that is not the end', async () => {
  const { server, mailer } = await open({ auth: { user: 'us@example.com', pass: 'p@ss/w:rd' }, tls: true })
  await mailer.send(mail)
  await server.waitFor(mail.to)
  const { mailer: other } = mailerFor({ smtpUrl: server.url.replace('p%40ss', 'other'), from: 'a@example.com' })
  const error = await failureOf(other.send(mail))
  expect(error).toMatchObject({ code: 'EAUTH' })
  expect(isPermanent(error)).toBe(false)
  other.close()
})

test('tells refusals for good from those for now', async () => {
  const { server, mailer } = await open()
  server.refuse((to) => ({ 'gone@example.org': 550, 'busy@example.org': 450, 'auth@example.org': 530 })[to])
  const gone = await failureOf(mailer.send({ ...mail, to: 'gone@example.org' }))
  expect(gone).toBeInstanceOf(MailRefusedError)
  expect(isPermanent(gone)).toBe(true)
  for (const to of ['busy@example.org', 'auth@example.org']) {
    const error = await failureOf(mailer.send({ ...mail, to }))
    expect([to, isPermanent(error)]).toEqual([to, false])
  }
  await mailer.send(mail)
  expect(server.mails).toHaveLength(1)
})

test('a server that is away, or does not answer, is given up on, for now', async () => {
  const from = 'no-reply@example.com'
  const timeouts = { connectMs: 200, silenceMs: 200, totalMs: 1_500 }
  const trickling = (socket: Socket) => {
    socket.write('220 here\r\n')
    const timer = setInterval(() => socket.write('250-still\r\n'), 50)
    socket.on('close', () => clearInterval(timer))
  }
  const urls = [
    'smtp://127.0.0.1:1',
    await listen(() => {}),
    await listen((socket) => socket.write('220 here\r\n')),
    await listen((socket) => socket.end('554 no service\r\n')),
    await listen((socket) => socket.destroy()),
    await listen(trickling),
  ]
  for (const smtpUrl of urls) {
    const { mailer, lines } = mailerFor({ smtpUrl, from }, timeouts)
    const since = performance.now()
    const error = await failureOf(mailer.send(mail))
    expect(isPermanent(error), String(error)).toBe(false)
    expect(error, String(error)).toBeInstanceOf(Error)
    expect(performance.now() - since).toBeLessThan(4_000)
    mailer.close()
    expect(lines.join()).not.toContain(mail.text.trim())
  }
})

test('without TLS nothing is sent to another machine', async () => {
  // Reaches this machine, under a name that is not known to be it.
  for (const [tls, message] of [
    [false, /STARTTLS/],
    [true, /certificate/],
  ] as const) {
    const { server, mailer } = await open({ host: '0.0.0.0', tls })
    const error = await failureOf(mailer.send(mail))
    expect(String(error)).toMatch(message)
    expect(isPermanent(error)).toBe(false)
    expect(server.mails).toEqual([])
  }
})

test('no field can add a header or a recipient', async () => {
  const { server, mailer } = await open()
  const bad = [
    'ann@example.org\r\nBcc: eve@example.org',
    'ann@example.org\nRCPT TO:<eve@example.org>',
    'ann@example.org, eve@example.org',
    'ann@example.org>\u0000<eve@example.org',
    'Ann <ann@example.org>',
    '"a b"@example.org',
    'ann',
    '',
  ]
  for (const to of bad) expect([to, isPermanent(await failureOf(mailer.send({ ...mail, to })))]).toEqual([to, true])
  await mailer.send({
    ...mail,
    subject: 'Hi\r\nBcc: eve@example.org\r\n\r\nAnother body',
    headers: { 'X-Note': 'a\r\nBcc: eve@example.org', 'X-Odd: b\r\nBcc': 'eve@example.org' },
  })
  expect(server.mails).toHaveLength(1)
  const received = await server.waitFor(mail.to)
  expect(received.to).toEqual([mail.to])
  expect(received.headers).not.toHaveProperty('bcc')
  expect(received.subject).toBe('Hi Bcc: eve@example.org  Another body')
  expect(received.text.trim()).toBe(mail.text.trim())
})

test('in development the log has the mail; where none can be sent, it has a warning without it', async () => {
  const development = mailerFor('log')
  await development.mailer.send({ ...mail, html: '<p>How are you?</p>' })
  expect(development.lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 30, mail }])
  const unset = mailerFor(undefined)
  await unset.mailer.send(mail)
  expect(unset.lines.map((line) => JSON.parse(line))).toMatchObject([{ level: 40 }])
  expect(unset.lines.join()).not.toMatch(/ann@|Hello|How are you/)
})

test('refuses settings that cannot work, without telling the password', () => {
  const from = 'no-reply@example.com'
  for (const smtpUrl of ['', 'mail.example.com', 'https://u:secret@mail.example.com', 'smtp://u:secret@h?tls=no']) {
    const create = () => mailerFor({ smtpUrl, from })
    expect(create).toThrow(/is not an address like smtp/)
    expect(create).not.toThrow(/secret/)
  }
  expect(() => mailerFor({ smtpUrl: 'smtp://localhost', from: 'Antiphon' })).toThrow(/sender/)
})
