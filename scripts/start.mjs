/** `npm start`: installs, builds what is missing, and serves API and web app with demo content. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { build, install, nodePath, root } from './workspace.mjs'

await install()
await build()
const cli = join(root, 'packages', 'server', 'dist', 'cli.js')
const web = join(root, 'apps', 'web', 'dist')
const args = [
  cli,
  'serve',
  '--web',
  web,
  ...(process.env.NODE_ENV === 'production' ? [] : ['--demo']),
  ...process.argv.slice(2),
]
const server = spawn(nodePath(), args, { cwd: root, stdio: 'inherit' })
// Signals are passed on (Ctrl-C reaches the server by itself too, which takes it once). Who started this may also just go.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => server.kill(signal === 'SIGINT' ? signal : 'SIGTERM'))
const parent = process.ppid
setInterval(() => process.ppid !== parent && server.kill('SIGTERM'), 1_000).unref()
server.on('exit', (code, signal) => process.exit(signal === null ? code : 1))
