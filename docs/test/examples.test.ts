import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { serve } from '../../packages/server/test/process/command.ts'
import { temporaryDirectory } from '../../packages/server/test/temporary.ts'
import { countBlocks, filled, pages } from '../scripts/blocks.ts'

const examples = fileURLToPath(new URL('../examples/', import.meta.url))
const files = (await readdir(examples, { recursive: true })).filter((path) => /\.(ts|sh)$/.test(path))

const referenceFolder = fileURLToPath(new URL('../reference/', import.meta.url))
const reference = (await readdir(referenceFolder)).map((name) => join(referenceFolder, name))

const data = await temporaryDirectory()
const server = await serve(data, '--demo')
const copies = await mkdtemp(join(examples, '.run-'))
afterAll(async () => {
  server.child.kill('SIGTERM')
  await server.ended
  await rm(copies, { recursive: true })
  await rm(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 })
})

/** Runs a copy of an example against the server of this test. */
async function run(file: string): Promise<string> {
  const copy = join(copies, file.replaceAll('/', '-'))
  const text = await readFile(join(examples, file), 'utf8')
  const { DATABASE_URL: _, ...env } = process.env
  await writeFile(copy, text.replaceAll('http://localhost:3000', server.url).replace("'./data'", JSON.stringify(data)))
  const [program, args] = file.endsWith('.sh')
    ? ['bash', ['-euo', 'pipefail', copy]]
    : [process.execPath, ['--conditions=antiphon-source', copy]]
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 30_000, env }, (error, stdout, stderr) =>
      error ? reject(new Error(`${file} failed:\n${stdout}${stderr}`)) : resolve(stdout),
    )
  })
}

/** What an example has to print. */
const expected: Record<string, RegExp> = {
  'server/embed.ts': /^From inside http:\/\/localhost:\d+/,
  'readme.ts': /Shall we\?[\s\S]*must not be empty/,
  'start.ts': /true true[\s\S]*userName/,
  'follow.ts': /^[1-9]\d* messages, none missing/,
  'sdk.ts': /^1 ann bob true\nNOT_FOUND 404 req_[\s\S]*ABORTED/,
  'mock.ts': /^sent as number 7\n.*users\.me/,
  'retry.ts': /true true\nCLIENT_ID_REUSED 409/,
  'exchange.sh': /"duplicate":false[\s\S]*"duplicate":true[\s\S]*"events":\[[\s\S]*Shall we\?/,
  'problem.sh': /"status":400[\s\S]*"code":"INVALID_INPUT"[\s\S]*"path":"email"[\s\S]*"path":"userName"/,
}

test.each(files)('%s runs and does what it says', async (file) => {
  expect(Object.keys(expected)).toContain(file)
  expect(await run(file)).toMatch(expected[file]!)
})

describe('pages', () => {
  test.each(pages())('%s shows the examples as they are', async (page) => {
    expect(await readFile(page, 'utf8')).toBe(filled(page))
  })

  test.each([...pages(), ...reference])('%s links to pages that exist', async (page) => {
    const links = [...(await readFile(page, 'utf8')).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(
      ([, target]) => target ?? '',
    )
    expect(links.filter((target) => !existsSync(join(dirname(page), target)))).toEqual([])
  })

  test('every block of TypeScript and shell is an example that runs, but for the commands of the shell prompt', async () => {
    for (const page of pages()) {
      const { all, fromExamples } = countBlocks(page)
      expect([page, fromExamples]).toEqual([page, all])
    }
  })
})

test('the example of the README has at most 15 lines', async () => {
  const lines = (await readFile(join(examples, 'readme.ts'), 'utf8')).trim().split('\n')
  expect(lines.length).toBeLessThanOrEqual(15)
})
