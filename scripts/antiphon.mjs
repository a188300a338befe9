/** `npm run antiphon -- <command>`: the command of this clone, on the Node that the workspace brought along. */
import { join } from 'node:path'
import { build, install, nodePath, root, run } from './workspace.mjs'

await install()
await build()
process.exit(await run(nodePath(), [join(root, 'packages', 'server', 'dist', 'cli.js'), ...process.argv.slice(2)]))
