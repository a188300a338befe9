/** `pnpm bench`: messages beside a hand-written peer; `pnpm bench uploads`: memory and speed of large files. */
import { join } from 'node:path'
import { build, install, must, nodePath, root } from './workspace.mjs'

const name = process.argv[2] === 'uploads' ? 'uploads.ts' : 'messages.ts'

await install()
await build()
await must(nodePath(), ['--conditions=antiphon-source', join(root, 'packages', 'server', 'bench', name)])
