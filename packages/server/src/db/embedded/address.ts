import { chmod, chown, lstat, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Account } from './account.ts'

/** Where the server listens: a folder with a unix socket, or 127.0.0.1 on Windows. */
export interface Address {
  host: string
  port: number
}

const socketPort = 5432
const longestPath = process.platform === 'linux' ? 107 : 103

/** Path of the unix socket in a folder. */
export function socketPath(folder: string): string {
  return join(folder, `.s.PGSQL.${socketPort}`)
}

/**
 * The address of the cluster in `home`, the same in every process and after every restart. A socket whose path would be
 * too long for the system lives in a private folder of the temporary directory, remembered in `home`.
 */
export async function findAddress(home: string): Promise<Address> {
  if (process.platform !== 'win32') {
    const folder = join(home, 'socket')
    if (fits(folder)) return { host: folder, port: socketPort }
  }
  const file = join(home, 'address.json')
  const known = await readAddress(file, home)
  if (known) return known
  const chosen = process.platform === 'win32' ? { host: '127.0.0.1', port: await freePort() } : await privateFolder()
  try {
    await writeFile(file, JSON.stringify({ home, ...chosen }), { flag: 'wx', mode: 0o600 })
    return chosen
  } catch (error) {
    if (process.platform !== 'win32') await rm(chosen.host, { recursive: true })
    const winner = await readAddress(file, home)
    if (winner) return winner
    throw error
  }
}

/** Makes the folder of the socket where it is missing. Throws when somebody else sits on its name. */
export async function prepareAddress(address: Address, account?: Account): Promise<void> {
  if (process.platform === 'win32') return
  await mkdir(address.host, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  const owner = account?.uid ?? process.getuid?.()
  const found = await lstat(address.host)
  if (!found.isDirectory() || (found.uid !== owner && found.uid !== process.getuid?.())) {
    throw new Error(`${address.host} is not a directory of this account; Postgres cannot keep its socket there.`)
  }
  if (account && found.uid !== account.uid) await chown(address.host, account.uid, account.gid)
  await chmod(address.host, 0o700)
}

function fits(folder: string): boolean {
  return Buffer.byteLength(socketPath(folder)) <= longestPath
}

async function readAddress(file: string, home: string): Promise<Address | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const known: Address & { home: string } = JSON.parse(text)
  if (known.home === home) return { host: known.host, port: known.port }
  // A copied or moved cluster must not reach for the server of the original.
  await rm(file, { force: true })
  return undefined
}

async function privateFolder(): Promise<Address> {
  const folder = await mkdtemp(join(tmpdir(), 'antiphon-'))
  if (fits(folder)) return { host: folder, port: socketPort }
  await rm(folder, { recursive: true })
  throw new Error(`${tmpdir()} is too long a path for a unix socket: set TMPDIR to a shorter one, or set DATABASE_URL.`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('No free port on 127.0.0.1.')
  return address.port
}
