/** What the root commands share. Runs on Node 20 without any package, since it also installs them. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, realpathSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const bin = join(root, 'node_modules', '.bin')
const windows = process.platform === 'win32'
const neededMajor = 24
/** The pnpm of this workspace, for npx. */
export const pnpm = 'pnpm@12.21.0'

/** Ends the command with a message and no stack. */
export function fail(message) {
  console.error(`\n${message}`)
  process.exit(1)
}

/** The Node that the workspace brought along; the machine's own where that is new enough. */
export function nodePath() {
  const own = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node')
  if (existsSync(own)) return own
  if (major(process.versions.node) >= neededMajor) return process.execPath
  return fail(
    `Antiphon's scripts need Node ${neededMajor}, which its dev dependency "node" brings along, but it is not there ` +
      `and this is Node ${process.versions.node}.\nDelete node_modules and run the command again, or use Node ${neededMajor}.`,
  )
}

function major(version) {
  return Number(version.split('.', 1)[0])
}

/** Runs a program and resolves with its exit code. Programs of the workspace and its Node come first in PATH. */
export function run(command, args, { env = {}, cwd = root, stdio = 'inherit' } = {}) {
  const own = existsSync(bin) ? [dirname(nodePath()), bin] : []
  const path = [...own, process.env.PATH].join(delimiter)
  const child = spawn(command, args, { cwd, stdio, shell: windows, env: { ...process.env, ...env, PATH: path } })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve(signal === null ? code : 1))
  })
}

/**
 * Runs the built `antiphon` command in the place of this one. Signals are passed on (Ctrl-C reaches it by itself too, which
 * it takes once), and it ends with whoever started this.
 */
export function runServer(args) {
  const child = spawn(nodePath(), [join(root, 'packages', 'server', 'dist', 'cli.js'), ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal === 'SIGINT' ? signal : 'SIGTERM'))
  }
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && child.kill('SIGTERM'), 1_000).unref()
  child.on('exit', (code, signal) => process.exit(signal === null ? code : 1))
}

/** Runs a program and ends this command where it fails. */
export async function must(command, args, options) {
  const code = await run(command, args, options)
  if (code !== 0) process.exit(code)
}

/** Runs a program and resolves with its exit code and all that it printed. */
export function capture(command, args, { cwd = root } = {}) {
  const path = [dirname(nodePath()), bin, process.env.PATH].join(delimiter)
  const child = spawn(command, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: windows,
    env: { ...process.env, PATH: path },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
}

/** Installs the packages of the lockfile, unless that was done already. */
export async function install() {
  if (major(process.versions.node) < 20)
    fail(`Antiphon needs Node 20 or newer to install; this is ${process.versions.node}.`)
  const inputs = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']
  const hash = createHash('sha256')
  for (const file of inputs) hash.update(readFileSync(join(root, file)))
  const digest = `${hash.digest('hex')} ${process.platform}-${process.arch}`
  const stamp = join(root, 'node_modules', '.antiphon-installed')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  console.log('Installing packages (about 200 MB; a minute or two the first time) ...')
  await must('npx', ['--yes', pnpm, 'install', '--frozen-lockfile', '--loglevel=error'])
  writeFileSync(stamp, digest)
}

/** Builds what is missing or older than its sources: the packages, and the web app. */
export async function build() {
  await must('tsc', ['-b'])
  await bundleClient()
  const web = join(root, 'apps', 'web')
  const stamp = join(web, 'dist', '.built-from')
  const digest = digestOf([
    join(web, 'src'),
    join(web, 'index.html'),
    join(root, 'packages', 'client', 'dist', 'index.js'),
  ])
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return
  console.log('Building the web app ...')
  await must('vite', ['build', '--logLevel', 'warn'], { cwd: web })
  writeFileSync(stamp, digest)
}

/** The SDK for any runtime of ESM; its entries share what they have in common. Types come from `tsc -b`. */
async function bundleClient() {
  const entries = ['src/index.ts', 'src/testing.ts', 'src/trpc.ts']
  const options = [
    '--bundle',
    '--splitting',
    '--format=esm',
    '--platform=neutral',
    '--main-fields=module,main',
    '--target=es2022',
  ]
  const output = ['--packages=external', '--sourcemap', '--log-level=warning', '--outdir=dist']
  await must('esbuild', [...entries, ...options, ...output], { cwd: join(root, 'packages', 'client') })
}

function digestOf(paths) {
  const hash = createHash('sha256')
  for (const path of paths) {
    const files = statSync(path).isDirectory() ? readdirSync(path, { recursive: true }).sort() : ['']
    for (const file of files) {
      const full = join(path, file)
      if (statSync(full).isFile()) hash.update(file).update(readFileSync(full))
    }
  }
  return hash.digest('hex')
}

/** Directories with the programs of a Postgres of this machine, 15 or newer; the newest first. */
export function systemPostgres() {
  const base = '/usr/lib/postgresql'
  const debian = existsSync(base) ? readdirSync(base).map((version) => join(base, version, 'bin')) : []
  const inPath = (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'initdb'))
    .filter(existsSync)
  const candidates = [...debian.sort().reverse(), ...inPath.map((file) => dirname(realpathSync(file)))]
  return candidates.filter(
    (directory) => existsSync(join(directory, 'initdb')) && existsSync(join(directory, 'postgres')),
  )
}
