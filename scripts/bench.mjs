/**
 * `pnpm bench`: messages beside a hand-written peer; `pnpm bench uploads`: memory and speed of large files;
 * `pnpm bench reports`: totals and reports of royalties; `pnpm bench imports`: files of streams beside \copy.
 */
import { join } from 'node:path'
import { build, install, must, nodePath, root } from './workspace.mjs'

const wanted = process.argv[2] ?? ''
const name = ['uploads', 'reports', 'imports'].includes(wanted) ? `${wanted}.ts` : 'messages.ts'

await install()
await build()
await must(nodePath(), ['--conditions=antiphon-source', join(root, 'packages', 'server', 'bench', name)])
