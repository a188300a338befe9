/** `pnpm dev`: the server from its sources, restarted on change, and the web app with hot reload. */
import { join } from 'node:path'
import { build, install, nodePath, root, run } from './workspace.mjs'

await install()
await build()
const source = ['--conditions=antiphon-source', '--watch', join(root, 'packages', 'server', 'src', 'cli.ts')]
// People come by the page of Vite: cookies count there, and links in mails lead there.
process.env.PUBLIC_URL ??= 'http://localhost:5173'
await Promise.race([
  run(nodePath(), [...source, 'serve', '--demo']),
  run('vite', ['--clearScreen', 'false'], { cwd: join(root, 'apps', 'web') }),
])
