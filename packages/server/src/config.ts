import { resolve } from 'node:path'
import pg from 'pg'
import { z } from 'zod'
import { type IssuerSetting, issuerSettingsJson } from './auth/issuers.ts'
import { parseOrigins } from './auth/origins.ts'
import { parseHosts } from './royalties/sources/address.ts'
import { type IceSettings, parseIceUrls } from './sessions/peer/ice.ts'
import type { S3Settings } from './storage/s3/bucket.ts'

function count(min: number, max: number) {
  const error = `is a number from ${min} to ${max}`
  return z
    .string()
    .regex(/^\d{1,9}$/, { error })
    .transform(Number)
    .pipe(z.number().min(min, { error }).max(max, { error }))
}

function withMessage<Value>(parse: (text: string) => Value) {
  return (text: string, context: z.RefinementCtx): Value => {
    try {
      return parse(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
      return z.NEVER
    }
  }
}

const settings = z.object({
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, { error: 'begins with postgres:// or postgresql://' })
    .refine(isReadable, { error: 'cannot be read as an address' })
    .optional()
    .describe('Postgres to use (15 to 18). Left out: the bundled Postgres 18 in DATA_DIR.'),
  DATA_DIR: z.string().min(1).default('./data').describe('Directory of the bundled Postgres and other files.'),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, { error: 'is a number from 0 to 65535' })
    .transform(Number)
    .pipe(z.number().max(65_535, { error: 'is a number from 0 to 65535' }))
    .default(3000)
    .describe('Port of API and web app; 0 for any free one.'),
  HOST: z.string().min(1).default('127.0.0.1').describe('Address to listen on; 0.0.0.0 for all.'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'is an address that begins with http:// or https://' })
    .optional()
    .describe('Where people find the web app, for links in mails. Needed in production.'),
  ANTIPHON_SECRET: z
    .string()
    .min(32, { error: 'has at least 32 characters' })
    .optional()
    .describe('Encrypts what has to be read back. Left out: secret.key in DATA_DIR, made on first use.'),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\/./, { error: 'begins with smtp:// or smtps://' })
    .optional()
    .describe('Mail server, smtp://user:password@host:587. Left out: mails go to the log. Needed in production.'),
  MAIL_FROM: z
    .string()
    .max(320)
    .regex(/^[^\r\n@]*[^\s@<]@[^\s@<>]+>?$/, { error: 'is an address, or Name <address>' })
    .optional()
    .describe('Sender of mails, such as Antiphon <no-reply@example.com>. Needed with SMTP_URL.'),
  ALLOWED_ORIGINS: z
    .string()
    .transform(withMessage(parseOrigins))
    .default([])
    .describe('Origins of other pages that may call (CORS), separated by commas.'),
  TRUSTED_PROXIES: count(0, 100)
    .default(0)
    .describe("How many proxies in front are believed about the caller's address."),
  AUTH_ISSUERS: issuerSettingsJson
    .default([])
    .describe('Issuers whose tokens are accepted: JSON, [{"issuer", "audience", "jwks"}].'),
  SESSION_IDLE_DAYS: count(1, 3_650).default(30).describe('Days after which an unused device is signed out.'),
  SESSION_MAX_DAYS: count(1, 3_650).default(180).describe('Days after which any device is signed out.'),
  MESSAGES_WINDOW: count(1, 36_500)
    .default(30)
    .describe('Days that lists of messages go back unless a call says otherwise.'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/./, { error: 'begins with redis:// or rediss://' })
    .optional()
    .describe('Redis that wakes the other instances. Left out: Postgres does (NOTIFY), which most do well with.'),
  CALLS_PER_MINUTE: count(1, 10_000_000)
    .default(6_000)
    .describe('Calls in a minute per user, API key, or address of strangers.'),
  UPLOAD_MAX_MB: count(1, 1_000_000).default(1_024).describe('Megabytes that an uploaded file may have.'),
  UPLOAD_QUOTA_MB: count(1, 100_000_000).default(5_120).describe('Megabytes that all files of a user may have.'),
  S3_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: 'is the name of a bucket: 3 to 63 of a-z, 0-9, . and -' })
    .optional()
    .describe('Bucket of S3, or of a store that speaks it, for uploaded files. Left out: they are in DATA_DIR.'),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'is an address that begins with http:// or https://' })
    .optional()
    .describe('Address of a store that is not AWS, such as https://s3.example.com.'),
  S3_REGION: z.string().min(1).max(100).optional().describe('Region of the bucket; us-east-1 unless given.'),
  S3_ACCESS_KEY_ID: z
    .string()
    .optional()
    .describe('Key for the bucket. Left out: as programs of AWS find it (environment, files, role of the machine).'),
  S3_SECRET_ACCESS_KEY: z.string().optional().describe('Secret of that key.'),
  ZOOM_URL: z
    .url({ protocol: /^https?$/, error: 'is an address that begins with http:// or https://' })
    .optional()
    .describe('Where Zoom is, for tests: a server that speaks as it does. Left out: the real one.'),
  STUN_URLS: z
    .string()
    .transform(withMessage((text) => parseIceUrls('stun', text)))
    .default([])
    .describe('STUN servers for built-in rooms, separated by commas. Within one network none are needed.'),
  TURN_URLS: z
    .string()
    .transform(withMessage((text) => parseIceUrls('turn', text)))
    .default([])
    .describe('TURN servers for built-in rooms, for networks that let nothing through, separated by commas.'),
  TURN_SECRET: z.string().min(1).optional().describe('Secret shared with them (`use-auth-secret` of coturn).'),
  RECORDINGS_DAYS: count(1, 36_500)
    .optional()
    .describe('Days after which recordings are removed, restorable for 30 more. Left out: they are kept.'),
  SOURCE_HOSTS: z
    .string()
    .transform(withMessage(parseHosts))
    .default([])
    .describe('Hosts of private networks that imports may be fetched from, separated by commas.'),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('What to log: fatal, error, warn, info, debug, trace or silent.'),
  NODE_ENV: z
    .string()
    .default('development')
    .describe('Anything but `development` and `test` refuses demo content and reset.'),
})

export interface Config {
  /** A connection string, or the directory of the bundled Postgres. */
  readonly database: string
  readonly port: number
  readonly host: string
  readonly logLevel: z.infer<typeof settings>['LOG_LEVEL']
  readonly production: boolean
  /** Settings without which no server may serve people. */
  readonly lacking: readonly string[]
  /** Settings of the server that `createAntiphon` takes as they are. */
  readonly server: {
    readonly secret?: string
    readonly secretDirectory: string
    readonly publicUrl?: string
    readonly mail: { smtpUrl: string; from: string } | 'log'
    readonly allowedOrigins: readonly string[]
    readonly trustedProxies: number
    readonly issuers: readonly IssuerSetting[]
    readonly sessionDays: { idle: number; max: number }
    readonly callsPerMinute: number
    readonly messagesWindowDays: number
    readonly redisUrl?: string
    readonly uploads: { maxMegabytes: number; quotaMegabytes: number }
    readonly ice: IceSettings
    readonly recordingDays?: number
    readonly zoomUrl?: string
    readonly sources: { readonly hosts: readonly string[] }
    readonly s3?: S3Settings
  }
}

/** Settings that do not fit; the message lists every problem, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** What a setting of the database names, without its password: for people. */
export function describeDatabase(database: string): string {
  if (!/^postgres(ql)?:\/\//.test(database)) return `the bundled Postgres in ${resolve(database)}`
  const client = new pg.Client({ connectionString: database })
  return `the database "${client.database}" at ${client.host}`
}

function isReadable(address: string): boolean {
  try {
    return new pg.Client({ connectionString: address }).host !== ''
  } catch {
    return false
  }
}

/**
 * The settings from the environment, with flags of the command line before them; a directory named by a flag goes before
 * DATABASE_URL. Empty variables count as unset.
 */
export function readConfig(flags: Record<string, string | undefined> = {}, env = process.env): Config {
  if (flags.DATA_DIR !== undefined && flags.DATABASE_URL !== undefined) {
    throw new ConfigError('Give a directory or a database, not both.')
  }
  const inherited = flags.DATA_DIR === undefined ? env : { ...env, DATABASE_URL: undefined }
  const given = Object.keys(settings.shape).map((name) => [name, (flags[name] ?? inherited[name]) || undefined])
  const parsed = settings.safeParse(Object.fromEntries(given))
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`)
    throw new ConfigError(`The configuration does not fit:\n${lines.join('\n')}`)
  }
  return configOf(parsed.data)
}

function configOf(given: z.infer<typeof settings>): Config {
  const { DATABASE_URL, DATA_DIR, PORT, HOST, LOG_LEVEL, ANTIPHON_SECRET, SMTP_URL, MAIL_FROM } = given
  if ((SMTP_URL === undefined) !== (MAIL_FROM === undefined)) {
    throw new ConfigError('SMTP_URL and MAIL_FROM belong together: set both or none.')
  }
  return {
    database: DATABASE_URL ?? DATA_DIR,
    port: PORT,
    host: HOST,
    logLevel: LOG_LEVEL,
    production: !['development', 'test'].includes(given.NODE_ENV),
    lacking: (['PUBLIC_URL', 'SMTP_URL', 'MAIL_FROM'] as const).filter((name) => given[name] === undefined),
    server: {
      ...(ANTIPHON_SECRET !== undefined && { secret: ANTIPHON_SECRET }),
      secretDirectory: DATA_DIR,
      ...(given.PUBLIC_URL !== undefined && { publicUrl: given.PUBLIC_URL }),
      mail: SMTP_URL === undefined || MAIL_FROM === undefined ? 'log' : { smtpUrl: SMTP_URL, from: MAIL_FROM },
      allowedOrigins: given.ALLOWED_ORIGINS,
      trustedProxies: given.TRUSTED_PROXIES,
      issuers: given.AUTH_ISSUERS,
      sessionDays: { idle: given.SESSION_IDLE_DAYS, max: given.SESSION_MAX_DAYS },
      callsPerMinute: given.CALLS_PER_MINUTE,
      messagesWindowDays: given.MESSAGES_WINDOW,
      ...(given.REDIS_URL !== undefined && { redisUrl: given.REDIS_URL }),
      uploads: { maxMegabytes: given.UPLOAD_MAX_MB, quotaMegabytes: given.UPLOAD_QUOTA_MB },
      ...(given.ZOOM_URL !== undefined && { zoomUrl: given.ZOOM_URL }),
      ...(given.RECORDINGS_DAYS !== undefined && { recordingDays: given.RECORDINGS_DAYS }),
      ice: iceOf(given),
      sources: { hosts: given.SOURCE_HOSTS },
      ...s3Of(given),
    },
  }
}

function iceOf({ STUN_URLS: stunUrls, TURN_URLS: urls, TURN_SECRET: secret }: z.infer<typeof settings>): IceSettings {
  if (urls.length > 0 !== (secret !== undefined)) {
    throw new ConfigError('TURN_URLS and TURN_SECRET belong together: set both or none.')
  }
  return { stunUrls, ...(secret !== undefined && { turn: { urls, secret } }) }
}

function s3Of(given: z.infer<typeof settings>): { s3?: S3Settings } {
  const { S3_BUCKET: bucket, S3_ENDPOINT: endpoint, S3_REGION: region } = given
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = given
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new ConfigError('S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY belong together: set both or none.')
  }
  const credentials = accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined
  if ((bucket ?? endpoint ?? region ?? accessKeyId) === undefined) return {}
  if (bucket === undefined)
    throw new ConfigError('The settings of S3 need S3_BUCKET, the bucket that files are kept in.')
  return {
    s3: {
      bucket,
      ...(endpoint !== undefined && { endpoint }),
      ...(region !== undefined && { region }),
      ...(credentials && { credentials }),
    },
  }
}

/**
 * Sees to it that a server for people has what it needs; commands on the database alone do without.
 * @throws ConfigError
 */
export function requireServable({ production, lacking, server }: Config): void {
  if (!production) return
  if (
    server.publicUrl !== undefined &&
    !/^https:|^http:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]?/.test(server.publicUrl)
  )
    throw new ConfigError(
      'In production PUBLIC_URL begins with https://: browsers keep the session cookie for nothing else.',
    )
  if (lacking.length === 0) return
  throw new ConfigError(
    `In production mails have to reach people (verified addresses, new passwords); set ${lacking.join(', ')}.`,
  )
}

/** Where programs are looked for. */
export function searchPath(): string {
  return process.env.PATH ?? ''
}

/** A line per setting, for --help. */
export function describeSettings(): string {
  return Object.entries(settings.shape)
    .map(([name, schema]) => `  ${name.padEnd(22)}${schema.description ?? ''}`)
    .join('\n')
}
