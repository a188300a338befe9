/** `npm start`: installs, builds what is missing, and serves API and web app with demo content. */
import { join } from 'node:path'
import { build, install, root, runServer } from './workspace.mjs'

await install()
await build()
const demo = process.env.NODE_ENV === 'production' ? [] : ['--demo']
runServer(['serve', '--web', join(root, 'apps', 'web', 'dist'), ...demo, ...process.argv.slice(2)])
