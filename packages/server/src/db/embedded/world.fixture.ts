// What the tests of the bundled server share: directories, holding processes, a look at the processes of the system.
import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import type { Connection } from './hold.ts'
import { readLockFile } from './pidfile.ts'

export const isRoot = process.getuid?.() === 0

/** A process of its own that runs holder.fixture.ts. */
export interface Holder {
  process: ChildProcess
  /** Ids that were reported as committed. */
  rows: number[]
  lines: string[]
  held: Promise<{ connection: Connection; admin: Connection }>
  ended: Promise<void>
  tell(command: 'write' | 'release'): void
  kill(): Promise<void>
}

const bases: string[] = []
const children: ChildProcess[] = []

/** A new directory's name under the temporary directory, which other accounts can pass through. */
export function newDirectory(name = 'data'): string {
  const base = mkdtempSync(join(tmpdir(), 'antiphon-test-'))
  chmodSync(base, 0o711)
  bases.push(base)
  return join(base, name)
}

export function startProcess(file: string, args: string[], options: { uid?: number; gid?: number } = {}): ChildProcess {
  const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], ...options })
  children.push(child)
  return child
}

export function startHolder(directory: string, options: { uid?: number; gid?: number; under?: string[] } = {}): Holder {
  const { under = [], ...account } = options
  const script = fileURLToPath(new URL('./holder.fixture.ts', import.meta.url))
  const [file = '', ...args] = [...under, process.execPath, '--conditions=antiphon-source', script, directory]
  const child = startProcess(file, args, account)
  const holder = { process: child, rows: [] as number[], lines: [] as string[] }
  const held = new Promise<{ connection: Connection; admin: Connection }>((resolve, reject) => {
    const { stdout } = child
    if (!stdout) throw new Error('no output')
    createInterface({ input: stdout }).on('line', (line) => {
      const event = JSON.parse(line)
      if (event.row) holder.rows.push(event.row)
      if (event.log) holder.lines.push(event.log)
      if (event.connection) resolve(event)
      if (event.error) reject(new Error(event.error))
    })
    child.once('close', () => reject(new Error('the holder ended')))
  })
  held.catch(() => {})
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const kill = async () => {
    child.kill('SIGKILL')
    await ended
  }
  return Object.assign(holder, { held, ended, kill, tell: (command: string) => child.stdin?.write(`${command}\n`) })
}

/** Runs one statement on a connection of its own. */
export async function query<T = Record<string, unknown>>(connection: Connection, sql: string): Promise<T[]> {
  const client = new Client(connection)
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

export async function until(isTrue: () => unknown, limitMs = 15_000): Promise<void> {
  for (const end = Date.now() + limitMs; !(await isTrue()); await sleep(10)) {
    if (Date.now() > end) throw new Error(`still not true: ${isTrue}`)
  }
}

export async function postmasterOf(directory: string): Promise<number> {
  return (await readLockFile(join(directory, 'postgres/data/postmaster.pid')))?.pid ?? 0
}

/** Whether a process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  if (pid === 0) return false
  const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8') : ''
  if (stat) return !/\) [ZX]/.test(stat)
  try {
    return process.platform !== 'linux' && process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Processes that work in a directory of this test file (seen on Linux only). */
function strays(): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return bases.some((base) => readlinkSync(`/proc/${pid}/cwd`).startsWith(base)) && isAlive(pid)
      } catch {
        return false
      }
    })
}

/** Ends what the tests left, removes their directories, and tells which server processes had been left running. */
export async function cleanUp(): Promise<number[]> {
  for (const child of children) {
    child.kill('SIGKILL')
    await until(() => child.exitCode !== null || child.signalCode !== null)
  }
  await until(() => strays().length === 0, 3000).catch(() => {})
  const left = strays()
  for (const pid of left) process.kill(pid, 'SIGKILL')
  for (const base of bases) {
    for (const file of isRoot ? [] : readdirSync(base, { recursive: true, encoding: 'utf8' })) {
      const path = join(base, file)
      if (existsSync(path) && statSync(path).isDirectory()) chmodSync(path, 0o700)
    }
    rmSync(base, { recursive: true, force: true, maxRetries: 5 })
  }
  return left
}
