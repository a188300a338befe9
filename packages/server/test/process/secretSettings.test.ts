import { rm } from 'node:fs/promises'
import { createClient } from '@antiphon/client'
import { expect, onTestFinished, test } from 'vitest'
import { holdServer } from '../../src/db/embedded/hold.ts'
import { startSmtpServer } from '../smtp.ts'
import { temporaryDirectory } from '../temporary.ts'
import { createCanaries } from './canaries.ts'
import { antiphon } from './command.ts'

const { keep, foundIn } = createCanaries()
const secret = keep('a secret')
const short = keep('a short secret', 'canary-of-few')

async function directory(): Promise<string> {
  const path = await temporaryDirectory()
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }))
  return path
}

const issuer = (jwks: string) => JSON.stringify([{ issuer: 'https://id.example', audience: 'antiphon', jwks }])
const mailed = { MAIL_FROM: 'Antiphon <no-reply@antiphon.example>' }

const atOnce = {
  DATABASE_URL: `mysql://canary:${secret}@localhost/db`,
  ANTIPHON_SECRET: short,
  SMTP_URL: `smtp//canary:${secret}@localhost`,
  AUTH_ISSUERS: issuer(`https://canary:${secret}@id.example/keys`),
  PORT: secret,
}
const malformed = {
  DATABASE_URL: `postgres://canary:${secret}@[localhost/db`,
  AUTH_ISSUERS: `[{"issuer": "${secret}"`,
}

test.each<[string, Record<string, string>, number, string[]]>([
  ['that do not fit', atOnce, 2, Object.keys(atOnce)],
  ['that are malformed', malformed, 2, Object.keys(malformed)],
  ['of mail without a sender', { SMTP_URL: `smtp://canary:${secret}@localhost` }, 2, ['SMTP_URL', 'MAIL_FROM']],
  ['of no mail server', { ...mailed, SMTP_URL: `smtp://canary@localhost?pass=${secret}` }, 1, ['mail server']],
  [
    'of a store that is not there',
    {
      S3_BUCKET: 'canary',
      S3_ENDPOINT: 'http://127.0.0.1:1',
      S3_ACCESS_KEY_ID: 'canary',
      S3_SECRET_ACCESS_KEY: secret,
    },
    1,
    ['antiphon: The bucket "canary" at http://127.0.0.1:1 cannot be used: ', 'ECONNREFUSED'],
  ],
  [
    'of a database that is not there',
    { DATABASE_URL: `postgres://canary:${secret}@127.0.0.1:1/db` },
    1,
    ['ECONNREFUSED'],
  ],
])('settings %s are refused without their secret', async (_what, settings, code, told) => {
  const command = antiphon(['serve'], { PORT: '0', DATA_DIR: await directory(), LOG_LEVEL: 'trace', ...settings })
  expect(await command.ended).toBe(code)
  for (const words of told) expect(command.output()).toContain(words)
  expect(foundIn(command.output())).toEqual([])
})

test('a password that the database refuses is not told', async () => {
  const home = await directory()
  const postgres = await holdServer(home)
  onTestFinished(() => postgres.release())
  const { user, database, host = '', port } = postgres.connection
  const DATABASE_URL = `postgres://${user}:${secret}@/${database}?host=${encodeURIComponent(host)}&port=${port}`
  const command = antiphon(['serve', '--port', '0'], { DATABASE_URL, DATA_DIR: await directory(), LOG_LEVEL: 'trace' })
  expect(await command.ended).toBe(1)
  expect(command.output()).toMatch(/antiphon: .*password authentication failed/)
  expect(foundIn(command.output())).toEqual([])
})

test('a password that the mail server refuses is not told, nor kept with the mail that waits', async () => {
  const [home, smtp] = [await directory(), await startSmtpServer({ auth: { user: 'mailer', pass: 'another' } })]
  onTestFinished(() => smtp.close())
  const SMTP_URL = smtp.url.replace(':another@', `:${secret}@`)
  const command = antiphon(['serve', '--port', '0', '--data', home], { ...mailed, SMTP_URL, LOG_LEVEL: 'trace' })
  const [, url = ''] = await command.printed(/ready at (http:\S+)/)
  const account = { userName: 'canary', email: 'canary@example.com', password: 'a long password' }
  await createClient({ url }).users.signUp(account)
  await command.printed(/job failed, it will be tried again/)
  const postgres = await holdServer(home)
  const { default: pg } = await import('pg')
  const client = new pg.Client(postgres.connection)
  await client.connect()
  const { rows } = await client.query('select j::text as job from graphile_worker._private_jobs j')
  await client.end()
  await postgres.release()
  command.child.kill('SIGTERM')
  expect(await command.ended).toBe(0)
  expect(rows).toHaveLength(1)
  expect(rows[0].job).toMatch(/535|Wrong credentials|Invalid login/)
  expect(foundIn(rows[0].job)).toEqual([])
  expect(foundIn(command.output())).toEqual([])
})
