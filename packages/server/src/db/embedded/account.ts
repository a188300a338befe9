import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The unprivileged account that runs Postgres when this process is root. */
export interface Account {
  name: string
  uid: number
  gid: number
}

export interface Result {
  code: number | null
  /** Standard output and standard error together; empty when they went to a file. */
  output: string
}

export interface RunOptions {
  cwd: string
  account?: Account | undefined
  /** File descriptor that takes the output. */
  output?: number
}

const usual = ['postgres', '_postgres', 'nobody']

/**
 * The account under which Postgres has to run: none for an ordinary user; for root the owner of the existing data
 * directory, else `postgres`, else `nobody`. Throws when the system has none of them.
 */
export async function chooseAccount(owner?: { uid: number; gid: number }): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const accounts = await readAccounts()
  if (owner && owner.uid !== 0) {
    const name = accounts.find((account) => account.uid === owner.uid)?.name ?? `uid ${owner.uid}`
    return { name, uid: owner.uid, gid: owner.gid }
  }
  for (const name of usual) {
    const account = accounts.find((candidate) => candidate.name === name)
    if (account) return account
  }
  throw new Error(
    'Postgres does not run as root and /etc/passwd has neither an account postgres nor nobody: ' +
      'run as an ordinary user, add such an account, or set DATABASE_URL.',
  )
}

async function readAccounts(): Promise<Account[]> {
  const text = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':')
    if (!name || !/^\d+$/.test(uid ?? '') || !/^\d+$/.test(gid ?? '')) return []
    return [{ name, uid: Number(uid), gid: Number(gid) }]
  })
}

/**
 * Runs a program to its end, under `account` (without root's supplementary groups: libuv clears them) and in a session
 * of its own, so that a Ctrl-C in the terminal does not reach it. Rejects when it cannot be started at all.
 */
export function run(file: string, args: string[], options: RunOptions): Promise<Result> {
  const { cwd, account, output } = options
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      // No settings and secrets of the application, no PG* variables.
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', HOME: cwd },
      detached: process.platform !== 'win32',
      windowsHide: true,
      stdio: output === undefined ? ['ignore', 'pipe', 'pipe'] : ['ignore', output, output],
      ...(account && { uid: account.uid, gid: account.gid }),
    })
    let text = ''
    const collect = (chunk: Buffer) => {
      text += chunk.toString()
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output: text }))
  })
}

/**
 * Checks that an account can enter a directory.
 * Throws one line that names the first folder on the way that it cannot enter, and what to do.
 */
export async function assertReachable(directory: string, account: Account): Promise<void> {
  const folders = [directory]
  for (let path = directory; path !== dirname(path); path = dirname(path)) folders.unshift(dirname(path))
  const script = 'for p do [ -x "$p" ] || { printf %s "$p"; exit 1; }; done'
  const result = await run('/bin/sh', ['-c', script, 'sh', ...folders], { cwd: '/', account }).catch((cause) => {
    throw new Error(
      `Postgres does not run as root, and this process cannot switch to the account "${account.name}" (${cause.message}): ` +
        'run as an ordinary user, or set DATABASE_URL.',
      { cause },
    )
  })
  if (result.code === 0) return
  throw new Error(
    `The account "${account.name}", under which Postgres runs here because it refuses root, cannot enter ` +
      `${result.output || directory}: choose a data directory that it can reach, run as an ordinary user, or set DATABASE_URL.`,
  )
}
