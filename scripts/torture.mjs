/** `pnpm torture`: three servers under every blow, for SECONDS (300), as SEED says; the seed of a run is printed. */
import { join } from 'node:path'
import { build, install, must, nodePath, root } from './workspace.mjs'

await install()
await build()
await must(nodePath(), ['--conditions=antiphon-source', join(root, 'packages', 'server', 'test', 'torture', 'main.ts')])
