import { randomBytes } from 'node:crypto'
import {
  appendFile,
  chmod,
  chown,
  lchown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { type Account, assertReachable, chooseAccount, run } from './account.ts'
import { type Address, findAddress } from './address.ts'
import { type BinaryPackage, installPrograms, program } from './binaries.ts'

/** A Postgres cluster on disk: `home` holds everything of it, `data` is its PGDATA. Both are real paths. */
export interface Cluster {
  home: string
  data: string
  log: string
  binaries: BinaryPackage
  address: Address
  passwords: Passwords
  account: Account | undefined
}

export interface Passwords {
  /** Of the superuser `postgres`. */
  superuser: string
  /** Of the application's role `antiphon`. */
  application: string
}

const staleAfterMs = 3_600_000
const settingsFile = 'server.conf'

/** The file with our settings, which the cluster's postgresql.conf includes. */
export function settingsPath(cluster: Cluster): string {
  return join(cluster.home, settingsFile)
}

/**
 * Opens the cluster in `directory`, creating it where there is none yet; does not start it.
 * Throws one line for: another major version, a directory that is not ours, one that the account cannot reach.
 */
export async function openCluster(directory: string, binaries: BinaryPackage): Promise<Cluster> {
  const isRoot = process.getuid?.() === 0
  const first = await mkdir(directory, { recursive: true, mode: isRoot ? 0o711 : 0o700 })
  const place = await realpath(directory)
  // The umask took the right to pass through from what root just made.
  if (first && isRoot) for (const made of between(await realpath(first), place)) await chmod(made, 0o711)
  const home = join(place, 'postgres')
  const owner = await stat(join(home, 'data')).catch(() => undefined)
  refuseOthersData(join(home, 'data'), owner?.uid)
  await refuseForeign(place, home, binaries)
  const account = await chooseAccount(owner)
  if (account) await assertReachable(place, account)
  if (!owner) await createCluster(place, home, binaries, account)
  else if (account && owner.uid === 0) await giveTo(account, join(home, 'data'))
  await sweep(place)
  return {
    home,
    data: join(home, 'data'),
    log: join(home, 'server.log'),
    binaries,
    address: await findAddress(home),
    passwords: await readPasswords(join(home, 'passwords.json')),
    account,
  }
}

function between(first: string, last: string): string[] {
  return first === last || last === dirname(last) ? [last] : [...between(first, dirname(last)), last]
}

async function refuseForeign(place: string, home: string, { major }: BinaryPackage): Promise<void> {
  const data = join(home, 'data')
  // Listed first: a cluster that another process creates meanwhile appears as a whole.
  const entries = await listOptional(home)
  const version = (await readOptional(join(data, 'PG_VERSION')))?.trim()
  if (version === major) return
  if (version !== undefined) {
    throw new Error(
      `${data} was made by Postgres ${version}, but the bundled one is Postgres ${major}: use the version of Antiphon ` +
        'that made it, or move the data to a server of your own with pg_dump and set DATABASE_URL.',
    )
  }
  if ((await readOptional(join(place, 'PG_VERSION'))) !== undefined) {
    throw new Error(`${place} is itself a data directory of Postgres: name another one, or set DATABASE_URL.`)
  }
  if (entries.length > 0) {
    throw new Error(
      `${home} is not empty and holds no Postgres cluster of Antiphon: move it away, or name another directory.`,
    )
  }
}

function refuseOthersData(data: string, owner: number | undefined): void {
  const self = process.getuid?.()
  if (owner === undefined || self === undefined || self === 0 || owner === self) return
  throw new Error(`${data} belongs to uid ${owner}, but this process runs as uid ${self}: run it as the owner.`)
}

async function createCluster(place: string, home: string, binaries: BinaryPackage, account?: Account): Promise<void> {
  const unit = await mkdtemp(`${home}.new-`)
  try {
    if (account) await chmod(unit, 0o711)
    await initialise(unit, binaries, account)
    await rename(unit, home)
    await sync(place)
  } catch (error) {
    await rm(unit, { recursive: true, force: true })
    // Somebody else was faster: theirs is used.
    if ((await readOptional(join(home, 'data', 'PG_VERSION'))) === undefined) throw error
  }
}

async function initialise(unit: string, binaries: BinaryPackage, account?: Account): Promise<void> {
  const passwords: Passwords = { superuser: newPassword(), application: newPassword() }
  await writeFile(join(unit, 'passwords.json'), JSON.stringify(passwords), { mode: 0o600, flush: true })
  const passwordFile = join(unit, 'superuser')
  await writeFile(passwordFile, passwords.superuser, { mode: 0o600 })
  await mkdir(join(unit, 'data'), { mode: 0o700 })
  if (account) {
    for (const path of [passwordFile, join(unit, 'data')]) await chown(path, account.uid, account.gid)
  }
  await installPrograms(binaries, unit)
  await initdb(unit, binaries, account)
  await rm(passwordFile)
  await appendFile(join(unit, 'data', 'postgresql.conf'), `\ninclude_if_exists = '../${settingsFile}'\n`, {
    flush: true,
  })
  await sync(unit)
}

async function initdb(unit: string, binaries: BinaryPackage, account?: Account): Promise<void> {
  // initdb puts its own path into commands of a shell, in double quotes and unescaped.
  const isSafe = process.platform === 'win32' || !/["$`\\]/.test(unit)
  const elsewhere = isSafe ? undefined : await mkdtemp(join(tmpdir(), 'antiphon-'))
  try {
    if (elsewhere) await chmod(elsewhere, 0o711)
    const file = program(await installPrograms(binaries, elsewhere ?? unit), 'initdb')
    const args = [
      '-D',
      'data',
      '--username=postgres',
      '--pwfile=superuser',
      '--auth=scram-sha-256',
      '--no-instructions',
    ]
    args.push('--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8')
    const { code, output } = await run(file, args, { cwd: unit, account })
    if (code !== 0) throw new Error(output.trim() || `it ended with ${code}`)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(
      `The bundled Postgres could not create its data directory here; DATABASE_URL names another.\n${reason}`,
      {
        cause,
      },
    )
  } finally {
    if (elsewhere) await rm(elsewhere, { recursive: true, force: true })
  }
}

// Units of processes that died half-way; a living one finishes within seconds.
async function sweep(place: string): Promise<void> {
  for (const name of await readdir(place)) {
    if (!name.startsWith('postgres.new-')) continue
    const path = join(place, name)
    const found = await stat(path).catch(() => undefined)
    if (found && Date.now() - found.mtimeMs > staleAfterMs)
      await rm(path, { recursive: true, force: true }).catch(() => {})
  }
}

/** Gives a tree that root owns (a restored copy, say) to the account that runs the server. */
async function giveTo(account: Account, folder: string): Promise<void> {
  await lchown(folder, account.uid, account.gid)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    await lchown(join(entry.parentPath, entry.name), account.uid, account.gid)
  }
}

async function readPasswords(file: string): Promise<Passwords> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new Error(
      `Cannot read ${basename(file)}, which holds the passwords of the bundled Postgres: ${cause.message}`,
      {
        cause,
      },
    )
  })
  return JSON.parse(text)
}

function newPassword(): string {
  return randomBytes(32).toString('base64url')
}

async function sync(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder)
  await handle.sync().finally(() => handle.close())
}

async function readOptional(file: string): Promise<string | undefined> {
  return await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => missing(error, undefined))
}

async function listOptional(folder: string): Promise<string[]> {
  return await readdir(folder).catch((error: NodeJS.ErrnoException) => missing(error, []))
}

function missing<T>(error: NodeJS.ErrnoException, instead: T): T {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return instead
  throw error
}
