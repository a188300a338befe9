/** `npm test [name]`: every test that this machine can run; the database tests once more on its own Postgres. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, install, nodePath, root, run, systemPostgres } from './workspace.mjs'

await install()
await build()

const results = join(mkdtempSync(join(tmpdir(), 'antiphon-results-')), 'results.jsonl')
const reporters = ['--reporter=default', `--reporter=${join(root, 'scripts', 'reporter.mjs')}`]
const filters = process.argv.slice(2)
const vitest = (args, env = {}) =>
  run(
    nodePath(),
    [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--passWithNoTests', ...reporters, ...args, ...filters],
    {
      env: { ...env, TEST_RESULTS: results },
    },
  )

const codes = [await vitest([])]
const notes = []
const [bin] = systemPostgres()
if (process.env.TEST_DATABASE_URL)
  notes.push("Database tests on the system's own Postgres: TEST_DATABASE_URL was used instead.")
else if (bin === undefined) notes.push("Database tests on the system's own Postgres: no Postgres is installed.")
else {
  console.log(`\nThe database tests once more, on the Postgres of ${bin}:`)
  codes.push(await vitest(['--project', 'server'], { TEST_POSTGRES_BIN: bin }))
}

const lines = existsSync(results)
  ? readFileSync(results, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  : []
rmSync(join(results, '..'), { recursive: true })
const count = (state) => lines.filter((line) => line.state === state).length
for (const { name, note } of lines.filter(({ state }) => state === 'skipped'))
  notes.push(`${name}: ${note ?? 'no reason given'}`)
for (const note of notes) console.log(`Skipped: ${note}`)
// They wait for other processes on a machine that is busy; which ones needed it is to be seen, and looked into.
for (const { name } of lines.filter(({ state, tries }) => state === 'passed' && tries > 1))
  console.log(`Passed at the second try: ${name}`)
const crashed = codes.some((code) => code !== 0) && count('failed') === 0 ? 1 : 0
const failed = count('failed') + crashed
console.log(`${count('passed')} passed, ${failed} failed`)
process.exit(failed === 0 && count('passed') > 0 ? 0 : 1)
