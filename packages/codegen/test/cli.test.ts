import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { run } from '../src/cli.ts'

const directory = join(import.meta.dirname, '.out-cli')
const router = join(import.meta.dirname, 'fixture/router.ts')
const args = ['--router', router, '--out', join(directory, 'sdk'), '--contract', join(directory, 'contract.json')]

beforeAll(() => mkdirSync(directory, { recursive: true }))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function command(...given: string[]) {
  const lines: string[] = []
  const collect = (text: string) => void lines.push(text)
  const code = await run(given, { log: collect, error: collect })
  return { code, text: lines.join('\n') }
}

test('generates, and tells drift', async () => {
  expect(await command(...args, '--check')).toMatchObject({ code: 1 })
  const parity = ['--parity', join(directory, 'parity.ts')]
  const made = await command(...args, ...parity, '--session-header', 'My-Session')
  expect(made.code).toBe(0)
  expect(made.text).toContain('warning: misc.untyped')
  expect(made.text).toContain('50 procedures')
  expect(readFileSync(join(directory, 'sdk/client.ts'), 'utf8')).toContain("session: sessionOf('My-Session', options)")
  expect((await command(...args, ...parity, '--check')).text).toContain('sdk/runtime/session.ts')
  expect((await command(...args, ...parity)).code).toBe(0)
  expect((await command(...args, ...parity, '--check')).code).toBe(0)
  appendFileSync(join(directory, 'sdk/types.ts'), '\n')
  const drift = await command(...args, ...parity, '--check')
  expect(drift.code).toBe(1)
  expect(drift.text).toContain('sdk/types.ts')
  expect(drift.text).not.toContain('client.ts')
})

test.each([
  [[], '--router, --out and --contract are needed'],
  [['--nope'], "Unknown option '--nope'"],
  [[...args, '--export', 'nothing'], 'has no export "nothing"'],
])('misuse ends with 2: %j', async (given, message) => {
  const { code, text } = await command(...given)
  expect(code).toBe(2)
  expect(text).toContain(message)
  expect(text).toContain('--help')
})

test('an unfit router or module ends with 1', async () => {
  expect(await command(...args, '--strict')).toMatchObject({ code: 1, text: expect.stringContaining('misc.untyped') })
  expect(await command('--router', 'nowhere.ts', ...args.slice(2))).toMatchObject({ code: 1 })
})

test('--help, as a command', () => {
  const cli = relative(process.cwd(), join(import.meta.dirname, '../src/cli.ts'))
  expect(execFileSync(process.execPath, [cli, '--help'], { encoding: 'utf8' })).toContain('--contract <file>')
})
