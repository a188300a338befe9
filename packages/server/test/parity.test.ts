import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

const here = import.meta.dirname
const root = join(here, '..', '..', '..')

/** Compiles the parity file against a copy of the SDK with altered types; gives the compiler's words. */
async function compile(alter: (types: string) => string): Promise<string> {
  const directory = mkdtempSync(join(root, 'packages', 'client', '.out-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  cpSync(join(root, 'packages', 'client', 'src', 'generated'), join(directory, 'generated'), { recursive: true })
  const types = join(directory, 'generated', 'types.ts')
  writeFileSync(types, alter(readFileSync(types, 'utf8')))
  const parity = readFileSync(join(here, 'parity.gen.ts'), 'utf8')
  const moved = parity
    .replace('../../client/src/generated/', './generated/')
    .replace('../src/root.ts', '../../server/src/root.ts')
  writeFileSync(join(directory, 'parity.ts'), moved)
  const config = { extends: join(root, 'tsconfig.test.json'), include: ['parity.ts'], exclude: [] }
  const typeRoots = [join(root, 'node_modules', '@types')]
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ ...config, compilerOptions: { typeRoots } }))
  const tsc = join(root, 'node_modules', '.bin', 'tsc')
  return new Promise((resolve) => {
    execFile(tsc, ['-p', directory, '--noEmit', '--pretty', 'false'], (_error, stdout) => resolve(stdout))
  })
}

test('the types of the SDK are those of the router', async () => {
  expect(await compile((types) => types)).toBe('')
})

test.each([
  ['another type', '  userName: string\n', '  userName: number\n'],
  ['a field more', '  body: string\n', '  body: string\n  more?: string\n'],
  ['an id of another kind', 'roomId: RoomId', 'roomId: UserId'],
])('a difference is found: %s', async (_what, from, to) => {
  const output = await compile((types) => {
    expect(types).toContain(from)
    return types.replace(from, to)
  })
  expect(output).toMatch(/parity\.ts\(\d+,\d+\): error TS2322/)
})
