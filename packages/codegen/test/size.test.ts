import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const here = import.meta.dirname
const esbuild = join(here, '..', '..', '..', 'node_modules', '.bin', 'esbuild')

/** An SDK as a browser loads it, minified, with superjson and the parser of streams. */
function bundle(sdk: string): Buffer {
  const flags = ['--bundle', '--minify', '--format=esm', '--platform=browser', '--target=es2022', '--log-level=error']
  const program = `import { createClient } from './generated/${sdk}/index.ts'\nglobalThis.client = createClient({ url: location.origin })\n`
  return execFileSync(esbuild, [...flags, '--loader=ts', `--sourcefile=${sdk}.ts`], {
    cwd: here,
    input: program,
  })
}

function bytesOf(sdk: string): number {
  return gzipSync(bundle(sdk), { level: 9 }).length
}

test('the SDK of the fixture, streams included, has at most 19 kB', () => {
  const bytes = bytesOf('library')
  console.log(`SDK with streams: ${bytes} bytes min+gzip`)
  expect(bytes).toBeGreaterThan(5_000)
  expect(bytes).toBeLessThanOrEqual(19_000)
})

test('an SDK that asks for nothing has at most 9 kB, and what is not asked for or used is left out', () => {
  const bytes = bytesOf('plain')
  console.log(`plain SDK: ${bytes} bytes min+gzip`)
  expect(bytes).toBeLessThanOrEqual(9_000)
  expect(bundle('plain').includes('credentials')).toBe(false)
  expect(bundle('library').includes('credentials')).toBe(true)
  expect(bundle('library').includes('bok_')).toBe(false)
})
