import { constants } from 'node:fs'
import { open, readFile, stat } from 'node:fs/promises'
import { type Account, type Result, run } from './account.ts'

/**
 * Who stands behind a process id: the postmaster of the cluster, nobody, a process that ended but was not collected,
 * surely some other process, or that could not be found out.
 */
export type Owner = 'ours' | 'gone' | 'zombie' | 'foreign' | 'unknown'

export interface LockFile {
  path: string
  pid: number
  text: string
}

// Above the largest id of every system, still a valid pid_t: no such process can exist.
const impossiblePid = 2_147_483_646

/** Reads a lock file of Postgres (postmaster.pid or that of the socket); undefined when there is none or it is empty. */
export async function readLockFile(path: string): Promise<LockFile | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  // A single-user server writes its id with a minus sign.
  const pid = Math.abs(Number.parseInt(text, 10))
  return pid > 0 ? { path, pid, text } : undefined
}

/** Finds out whether a process is the postmaster of the cluster in `data`. Never sends it anything but signal 0. */
export async function whoIs(pid: number, data: string, account?: Account): Promise<Owner> {
  if (pid === impossiblePid) return 'gone'
  if (process.platform === 'win32') return 'unknown'
  const seen = process.platform === 'linux' ? await lookInProc(pid) : await askPs(pid)
  if (typeof seen === 'string') return seen
  if (seen.command !== 'postgres') return 'foreign'
  const place = await workingDirectory(pid, account)
  if (place === undefined) return 'unknown'
  const own = await stat(data, { bigint: true })
  return place === `${own.dev}:${own.ino}` ? 'ours' : 'foreign'
}

/**
 * Makes a stale lock file harmless by naming a process that cannot exist. The rest stays: by it Postgres itself looks
 * for orphans of the dead server that still use its shared memory. Does nothing when the file changed since it was read.
 */
export async function disarm(file: LockFile): Promise<void> {
  // The same open file is read and written: one that a new server put in its place is not touched.
  const handle = await open(file.path, constants.O_RDWR | constants.O_NOFOLLOW)
  try {
    if ((await handle.readFile('utf8')) !== file.text) return
    const text = file.text.replace(/^-?\d+/, String(impossiblePid))
    await handle.write(text, 0)
  } finally {
    await handle.close()
  }
}

type Seen = { command: string } | 'gone' | 'zombie' | 'unknown'

async function lookInProc(pid: number): Promise<Seen> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return isAlive(pid) ? 'unknown' : 'gone'
  const end = text.lastIndexOf(')')
  const state = text.charAt(end + 2)
  if (state === 'Z' || state === 'X') return 'zombie'
  return { command: text.slice(text.indexOf('(') + 1, end) }
}

async function askPs(pid: number): Promise<Seen> {
  const { output } = await ask('ps', ['-o', 'state=,comm=', '-p', String(pid)])
  const [, state, command] = /^\s*(\S+)\s+(.*\S)\s*$/.exec(output) ?? []
  if (!state || !command) return isAlive(pid) ? 'unknown' : 'gone'
  return state.startsWith('Z') ? 'zombie' : { command: command.replace(/^.*\//, '') }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Device and inode of the directory a process is in (a path would differ between mounts). */
async function workingDirectory(pid: number, account?: Account): Promise<string | undefined> {
  if (process.platform !== 'linux') {
    const { output } = await ask('lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-Fn'])
    const path = /^n(.*)$/m.exec(output)?.[1]
    const found = path && (await stat(path, { bigint: true }).catch(() => undefined))
    return found ? `${found.dev}:${found.ino}` : undefined
  }
  const link = `/proc/${pid}/cwd`
  const found = await stat(link, { bigint: true }).catch(() => undefined)
  if (found) return `${found.dev}:${found.ino}`
  // Root of a container often lacks the capability to look into other users' processes; the account itself may.
  if (!account) return undefined
  const { code, output } = await ask('stat', ['-L', '-c', '%d:%i', link], account)
  return code === 0 ? output.trim() : undefined
}

async function ask(file: string, args: string[], account?: Account): Promise<Result> {
  return await run(file, args, { cwd: '/', account }).catch(() => ({ code: null, output: '' }))
}
