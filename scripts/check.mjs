/** `pnpm check`: format, lint, types, unused code, and that everything generated is in step with its source. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { build, install, run } from './workspace.mjs'

await install()
const generated = [
  'packages/server/src/db/tables.gen.ts',
  'packages/server/test/parity.gen.ts',
  'packages/client/src/generated',
  'packages/client/contract.json',
  'README.md',
  'packages/client/README.md',
  'packages/server/README.md',
  'docs',
]
const checks = [
  ['format and lint', () => run('biome', ['ci', '--log-level=warn'])],
  ['types of the packages', () => run('tsc', ['-b'])],
  ['types of tests and examples', () => run('tsc', ['--noEmit', '-p', 'tsconfig.test.json'])],
  ['types of the web app', () => run('tsc', ['--noEmit', '-p', 'apps/web'])],
  ['unused code and dependencies', () => run('knip', ['--no-progress'])],
  ['generated files are in step', inStep],
  ['the contract keeps what its version promises', keepsPromise],
  ['the packages as they would be published', () => run('node', ['scripts/packages.mjs'])],
]

/** Generates anew and compares. */
async function inStep() {
  const before = texts()
  const code = await run('node', ['scripts/gen.mjs'])
  if (code !== 0) return code
  const after = texts()
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (file) => before.get(file) !== after.get(file),
  )
  if (changed.length > 0)
    console.log(`These were out of step, and are now as \`pnpm gen\` makes them:\n  ${changed.join('\n  ')}`)
  return changed.length === 0 ? 0 : 1
}

function texts() {
  const files = generated.flatMap((path) =>
    statSync(path).isFile() ? [path] : readdirSync(path, { recursive: true }).map((file) => join(path, file)),
  )
  const own = files.filter((file) => !file.includes('node_modules') && statSync(file).isFile())
  return new Map(own.map((file) => [file, readFileSync(file, 'utf8')]))
}

/** Breaking changes since the released contract need a new version; below 1.0.0 the minor number. */
async function keepsPromise() {
  const [released, current] = ['contract.released.json', 'contract.json'].map((file) => `packages/client/${file}`)
  const versions = [released, current].map((file) => JSON.parse(readFileSync(file, 'utf8')).version)
  const [before, after] = versions.map((version) =>
    version
      .split('.')
      .slice(0, version.startsWith('0.') ? 2 : 1)
      .join('.'),
  )
  const failOn = before === after ? 'source' : 'none'
  return run('node', ['packages/codegen/dist/cli.js', 'diff', released, current, '--fail-on', failOn])
}

let failed = 0
await build()
for (const [name, check] of checks) {
  const code = await check()
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`)
  if (code !== 0) failed++
}
console.log(`${checks.length - failed} checks passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
