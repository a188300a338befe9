/** `npm run antiphon -- <command>`: the command of this clone, on the Node that the workspace brought along. */
import { build, install, runServer } from './workspace.mjs'

await install()
await build()
runServer(process.argv.slice(2))
