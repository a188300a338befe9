#!/usr/bin/env node
import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { Argument, Command, CommanderError } from 'commander'
import pino from 'pino'
import { type Opened, openAntiphon } from './app.ts'
import { createKey, makeAdmin, readServiceKey, resetMfa } from './commands/access.ts'
import { withDatabase } from './commands/database.ts'
import { type ImportFlags, importHelp, readImport, runImport } from './commands/import.ts'
import { type Config, ConfigError, describeDatabase, describeSettings, readConfig, requireServable } from './config.ts'
import { migrate } from './db/migrate.ts'
import { openDatabase } from './db/open.ts'
import { ensureDemoZoom } from './demo/account.ts'
import { demoPassword, demoUser, ensureDemo } from './demo/demo.ts'
import { emptyDatabase } from './demo/empty.ts'
import { describeFault } from './errors.ts'
import { importFormat, importKind } from './royalties/imports/schema.ts'
import { scopes } from './users/apiKeys/schema.ts'
import { serverVersion } from './version.ts'

interface Flags {
  port?: string
  host?: string
  data?: string
  database?: string
  web?: string
  demo?: boolean
  yes?: boolean
}

interface KeyFlags extends Flags {
  name: string
  scopes: string
  days?: string
}

const oldestNode = 22

function configOf(flags: Flags): Config {
  return readConfig({ PORT: flags.port, HOST: flags.host, DATA_DIR: flags.data, DATABASE_URL: flags.database })
}

function createLog({ logLevel, production }: Pick<Config, 'logLevel' | 'production'>) {
  const pretty = !production && process.stdout.isTTY
  const transport = pretty ? { transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } } : {}
  return pino({ level: logLevel, ...transport, serializers: { err: describeFault } })
}

/** For commands that answer in words: warnings, unless less is wanted. */
function createQuietLog(config: Config) {
  return createLog({ ...config, logLevel: config.logLevel === 'info' ? 'warn' : config.logLevel })
}

async function serve(flags: Flags): Promise<void> {
  const config = configOf(flags)
  if (flags.demo && config.production) throw new ConfigError('Demo content is for development; NODE_ENV is production.')
  const web = flags.web === undefined ? undefined : resolve(flags.web)
  if (web !== undefined && !statSync(web, { throwIfNoEntry: false })?.isDirectory())
    throw new ConfigError(`--web: there is no directory ${web}.`)
  requireServable(config)
  const opened = await openAntiphon(
    {
      ...config.server,
      database: config.database,
      log: createLog(config),
      ...(web !== undefined && { web }),
    },
    config,
  )
  const { antiphon } = opened
  let demoZoom: Awaited<ReturnType<typeof ensureDemoZoom>>
  let isClosing = false
  const close = async () => {
    isClosing = true
    await antiphon.close()
    await demoZoom?.server.close()
  }
  stopOnSignal(close)
  try {
    const isDemo = flags.demo === true && (await ensureDemo(opened))
    const { url } = await antiphon.listen(config)
    console.log(`\nAntiphon ${serverVersion()} is ready at ${url}`)
    if (isDemo) console.log(`Sign in as ${demoUser}, bob or cleo with the password ${demoPassword}.`)
    console.log('Stop it with Ctrl-C.\n')
    if (isDemo && config.server.zoomUrl === undefined) demoZoom = await ensureDemoZoom(opened, url)
  } catch (error) {
    if (isClosing) return
    await close()
    throw error
  }
}

/** Closes once, on the first signal; one more after a second ends the process at once. */
function stopOnSignal(close: () => Promise<void>): void {
  let stoppingSince: number | undefined
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // The terminal and the parent process may both pass on one Ctrl-C.
      if (stoppingSince !== undefined) return Date.now() - stoppingSince > 1_000 ? process.exit(1) : undefined
      stoppingSince = Date.now()
      close().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error)
          process.exit(1)
        },
      )
    })
  }
}

async function runMigrate(flags: Flags): Promise<void> {
  const config = configOf(flags)
  const { connection, held } = await openDatabase(config.database, createQuietLog(config))
  try {
    const applied = await migrate(connection)
    console.log(applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`)
  } finally {
    await held?.release()
  }
}

async function runDemo(flags: Flags): Promise<void> {
  const config = configOf(flags)
  if (config.production) throw new ConfigError('Demo content is for development; NODE_ENV is production.')
  await withAntiphon(config, async (opened) => {
    if (await ensureDemo(opened))
      console.log(`Demo content is there. Sign in as ${demoUser} with the password ${demoPassword}.`)
    else
      console.log('The database has users of its own, so nothing was added. `antiphon reset --yes` empties it first.')
  })
}

async function runReset(flags: Flags): Promise<void> {
  const config = configOf(flags)
  const target = describeDatabase(config.database)
  if (config.production) throw new ConfigError('reset is for development; NODE_ENV is production.')
  if (!flags.yes) {
    throw new ConfigError(
      `This deletes all users, rooms and messages of ${target}. Say \`antiphon reset --yes\` if that is meant.`,
    )
  }
  await withAntiphon(config, async (opened) => {
    await emptyDatabase(opened.db)
    await ensureDemo(opened)
    console.log(`Emptied ${target} and filled it anew. Sign in as ${demoUser} with the password ${demoPassword}.`)
  })
}

async function runMakeAdmin(identifier: string, flags: Flags): Promise<void> {
  const config = configOf(flags)
  await withDatabase(config.database, createQuietLog(config), async (db) =>
    console.log(await makeAdmin(db, identifier)),
  )
}

async function runResetMfa(identifier: string, flags: Flags): Promise<void> {
  const config = configOf(flags)
  await withDatabase(config.database, createQuietLog(config), async (db) => console.log(await resetMfa(db, identifier)))
}

async function runCreateKey(flags: KeyFlags): Promise<void> {
  const config = configOf(flags)
  const key = readServiceKey(flags)
  await withDatabase(config.database, createQuietLog(config), async (db) => console.log(await createKey(db, key)))
}

async function runFile(kind: string, path: string, flags: Flags & ImportFlags): Promise<void> {
  const config = configOf(flags)
  const log = createQuietLog(config)
  const file = readImport(kind, path, flags)
  // One for the rows, the others for what is looked up and kept meanwhile.
  const connections = 4
  await withDatabase(config.database, log, (db, pool) => runImport({ db, pool, log }, file), { connections })
}

async function withAntiphon(config: Config, work: (opened: Opened) => Promise<void>): Promise<void> {
  const { database, server } = config
  const opened = await openAntiphon({ ...server, database, log: createQuietLog(config) }, config)
  try {
    await work(opened)
  } finally {
    await opened.antiphon.close()
  }
}

function createProgram(): Command {
  const program = new Command('antiphon')
    .description('A type-safe backend for people who meet, talk, broadcast and get paid.')
    .version(serverVersion())
    .showHelpAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      `\nSettings, as environment variables (a flag overrides its variable):\n${describeSettings()}`,
    )
    .addHelpText(
      'after',
      '\nFirst steps:\n  antiphon serve --demo    then call http://localhost:3000/api/v1/users.signIn, see http://localhost:3000/openapi.json',
    )
  const onDatabase = (command: Command, description: string) =>
    command
      .description(description)
      .option('--database <url>', 'Postgres to use; otherwise the bundled one')
      .option('--data <directory>', 'directory of the bundled Postgres (default ./data)')
  const command = (name: string, description: string, run: (flags: Flags) => Promise<void>) =>
    onDatabase(program.command(name), description).action(run)
  command('serve', 'Start the server: API at /trpc and /api/v1, health at /health.', serve)
    .option('--port <number>', 'port to listen on (default 3000)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--web <directory>', 'serve a built web app at /')
    .option('--demo', 'fill an empty database with demo content first')
  command('migrate', 'Bring the database to the schema of this version.', runMigrate)
  command('demo', 'Fill an empty database with demo content.', runDemo)
  command('reset', 'Empty a development database and fill it with demo content anew.', runReset).option(
    '--yes',
    'yes, delete everything',
  )
  const users = program.command('users').description('Users: the first administrator, lost second factors.')
  onDatabase(
    users.command('make-admin <identifier>'),
    'Make the user of this user name or e-mail address an administrator.',
  ).action(runMakeAdmin)
  onDatabase(
    users.command('reset-mfa <identifier>'),
    'Turn off the second factor of somebody who lost it, recovery codes too. Make sure who is asking.',
  ).action(runResetMfa)
  const keys = program.command('keys').description('API keys of services.')
  onDatabase(keys.command('create'), 'Make an API key for a service, and show its secret this once.')
    .requiredOption('--name <name>', 'what to call the service')
    .requiredOption('--scopes <scopes>', `separated by commas: ${scopes.join(', ')}`)
    .option('--days <number>', 'days until it expires; never unless given')
    .action(runCreateKey)
  onDatabase(program.command('import'), 'Import a file of streams, listeners or tracks: CSV, NDJSON or JSON.')
    .addArgument(new Argument('<kind>', 'what the file has').choices(importKind.options))
    .argument('<file>', 'where it is')
    .option('--period <month>', 'of the fees, where the file does not say: 2026-10')
    .option('--currency <code>', 'of the fees, where the file does not say: EUR')
    .option('--delimiter <character>', 'between the fields of CSV: ; , | or tab')
    .option('--decimal <character>', 'before the decimals of fees and shares: , or .')
    .option(
      '--date-format <format>',
      `how dates are written: ${importFormat.shape.dateFormat.unwrap().options.join(', ')}`,
    )
    .addHelpText('after', importHelp)
    .action(runFile)
  return program
}

async function main(): Promise<void> {
  if (Number(process.versions.node.split('.', 1)[0]) < oldestNode) {
    throw new ConfigError(`Antiphon needs Node ${oldestNode} or newer; this is ${process.versions.node}.`)
  }
  await createProgram().parseAsync()
}

function messageOf(error: Error): string {
  const { code, address, port }: NodeJS.ErrnoException & { address?: string; port?: number } = error
  if (code !== 'EADDRINUSE') return error.message
  return `Port ${port} of ${address} is taken. Choose another with --port or PORT; 0 takes any that is free.`
}

main().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2
    return
  }
  console.error(error instanceof Error ? `antiphon: ${messageOf(error)}` : error)
  process.exitCode = error instanceof ConfigError ? 2 : 1
})
