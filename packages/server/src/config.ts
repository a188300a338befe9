import { resolve } from 'node:path'
import pg from 'pg'
import { z } from 'zod'

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
  const { DATABASE_URL, DATA_DIR, PORT, HOST, LOG_LEVEL, NODE_ENV } = parsed.data
  return {
    database: DATABASE_URL ?? DATA_DIR,
    port: PORT,
    host: HOST,
    logLevel: LOG_LEVEL,
    production: !['development', 'test'].includes(NODE_ENV),
  }
}

/** A line per setting, for --help. */
export function describeSettings(): string {
  return Object.entries(settings.shape)
    .map(([name, schema]) => `  ${name.padEnd(14)}${schema.description ?? ''}`)
    .join('\n')
}
