/** `pnpm gen`: table types from the migrations, then contract and SDK from the router. */
import { join } from 'node:path'
import { install, must, nodePath, root } from './workspace.mjs'

await install()
const packages = join(root, 'packages')
const source = '--conditions=antiphon-source'
await must(nodePath(), [source, join(packages, 'server', 'scripts', 'gen.ts')])
await must(nodePath(), [
  ...[source, join(packages, 'codegen', 'src', 'cli.ts')],
  ...['--router', join(packages, 'server', 'src', 'root.ts'), '--export', 'appRouter', '--strict'],
  ...['--out', join(packages, 'client', 'src', 'generated'), '--contract', join(packages, 'client', 'contract.json')],
  ...['--client-name', 'Antiphon', '--error-name', 'AntiphonError', '--post-queries'],
  ...['--version-header', 'antiphon-version', '--act-as-header', 'Antiphon-As', '--act-as-type', 'UserId', '--trpc'],
  ...['--session-header', 'Antiphon-Session'],
  ...['--reference', join(root, 'docs', 'reference'), '--title', 'Antiphon', '--server-url', 'http://localhost:3000'],
  ...['--parity', join(packages, 'server', 'test', 'parity.gen.ts')],
])
await must(nodePath(), [join(root, 'docs', 'scripts', 'blocks.ts')])
