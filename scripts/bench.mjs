/** `pnpm bench`: figures beside hand-written peers, on this machine. */
import { join } from 'node:path'
import { build, install, must, nodePath, root } from './workspace.mjs'

await install()
await build()
await must(nodePath(), ['--conditions=antiphon-source', join(root, 'packages', 'server', 'bench', 'messages.ts')])
