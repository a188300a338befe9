import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, open, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run } from './account.ts'
import { prepareAddress, socketPath } from './address.ts'
import { installPrograms, program, sweepPrograms } from './binaries.ts'
import { type Cluster, settingsPath } from './cluster.ts'
import { disarm, readLockFile, whoIs } from './pidfile.ts'

/** A start that did not succeed. */
export class StartError extends Error {
  override name = 'StartError'
  /** Whether waiting may help: another start or stop is under way, or orphans of a killed server are still alive. */
  readonly passing: boolean

  constructor(message: string, passing: boolean) {
    super(message)
    this.passing = passing
  }
}

const startSeconds = 30
const stopMs = 60_000
const largestLogBytes = 10_000_000
const passing = /pre-existing shared memory block|lock file "[^"]*" (already exists|is empty)/

/** Starts the server and waits until it takes connections. Throws StartError. */
export async function startServer(cluster: Cluster): Promise<void> {
  await clearTheWay(cluster)
  const { home, log, account, binaries } = cluster
  const folder = await installPrograms(binaries, home)
  await prepareAddress(cluster.address, account)
  await writeSettings(cluster)
  const file = await openLog(cluster)
  try {
    const { size } = await file.stat()
    // Relative paths: pg_ctl puts them into a shell's command, in double quotes and unescaped.
    const postgres = relative(home, program(folder, 'postgres'))
    const args = ['start', '-D', 'data', '-l', 'server.log', '-p', postgres, '-w', '-t', String(startSeconds), '-s']
    const { code } = await run(program(folder, 'pg_ctl'), args, { cwd: home, account, output: file.fd })
    if (code !== 0) {
      const said = (await readFile(log)).subarray(size).toString().trim()
      throw new StartError(
        `The bundled Postgres does not start; ${log} says:\n${said.slice(-2000)}`,
        passing.test(said),
      )
    }
  } finally {
    await file.close()
  }
  await sweepPrograms(binaries, home)
}

/**
 * Stops the server and waits until its process is gone (at most a minute). Open sessions are ended, transactions rolled
 * back. Only for a caller who knows that it runs. Returns false when it was left running.
 */
export async function stopServer(cluster: Cluster): Promise<boolean> {
  const { home, data, account, binaries } = cluster
  const found = await readLockFile(join(data, 'postmaster.pid'))
  if (!found) return true
  if (process.platform === 'win32') {
    // There pg_ctl signals through a pipe that only a Postgres has.
    const pgCtl = program(await installPrograms(binaries, home), 'pg_ctl')
    return (await run(pgCtl, ['stop', '-D', 'data', '-m', 'fast', '-w', '-s'], { cwd: home })).code === 0
  }
  const isThere = async () => (await whoIs(found.pid, data, account)) === 'ours'
  if (!(await isThere())) return false
  // What pg_ctl stop -m fast does. It would read the process id once more, unchecked, wait for a server that somebody
  // else starts meanwhile, and need the binaries.
  process.kill(found.pid, 'SIGINT')
  for (const end = Date.now() + stopMs; Date.now() < end; await sleep(20)) {
    if (!(await isThere())) return true
  }
  return false
}

async function clearTheWay(cluster: Cluster): Promise<void> {
  const socket = process.platform === 'win32' ? undefined : socketPath(cluster.address.host)
  const files = [join(cluster.data, 'postmaster.pid'), ...(socket ? [`${socket}.lock`] : [])]
  for (const path of files) {
    const found = await readLockFile(path)
    if (!found) continue
    const owner = await whoIs(found.pid, cluster.data, cluster.account)
    if (owner === 'zombie' || owner === 'foreign') await disarm(found)
    if (owner !== 'ours') continue
    const isLost = socket && /^ready\s*$/m.test(found.text) && !(await exists(socket))
    // A cleaner of temporary files took the socket: nobody can connect to this server any more.
    if (isLost && (await stopServer(cluster))) continue
    throw new StartError(`The bundled Postgres (process ${found.pid}) is there but takes no connections.`, true)
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}

async function writeSettings(cluster: Cluster): Promise<void> {
  const { host, port } = cluster.address
  const isTcp = process.platform === 'win32'
  const lines = [
    '# Written by Antiphon before each start. Settings of your own: in data/postgresql.conf, below its last line.',
    `listen_addresses = '${isTcp ? host : ''}'`,
    `port = ${port}`,
    `unix_socket_directories = ${isTcp ? "''" : quote(`"${host.replaceAll('"', '""')}"`)}`,
    'unix_socket_permissions = 0700',
    'max_connections = 200',
    "timezone = 'UTC'",
    "log_timezone = 'UTC'",
    '# Errors of statements reach the application; here they would only fill the disk.',
    'log_min_messages = log',
    'log_checkpoints = off',
  ]
  const text = `${lines.join('\n')}\n`
  const path = settingsPath(cluster)
  if ((await readFile(path, 'utf8').catch(() => '')) === text) return
  const fresh = `${path}.${randomBytes(6).toString('hex')}`
  await writeFile(fresh, text)
  await chmod(fresh, 0o644)
  await rename(fresh, path)
}

function quote(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

async function openLog(cluster: Cluster) {
  const { log, account } = cluster
  const found = await stat(log).catch(() => undefined)
  if (found && found.size > largestLogBytes) await rename(log, `${log}.1`)
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants
  const file = await open(log, O_APPEND | O_CREAT | O_NOFOLLOW | O_WRONLY, 0o600)
  if (account) await file.chown(account.uid, account.gid)
  return file
}
