import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const here = import.meta.dirname
const esbuild = join(here, '..', '..', '..', 'node_modules', '.bin', 'esbuild')

/** An SDK as a browser loads it: minified and gzipped, with superjson and the parser of streams. */
function bytesOf(sdk: string): number {
  const flags = ['--bundle', '--minify', '--format=esm', '--platform=browser', '--target=es2022', '--log-level=error']
  const program = `import { createClient } from './generated/${sdk}/index.ts'\nglobalThis.client = createClient({ url: location.origin })\n`
  const bundle = execFileSync(esbuild, [...flags, '--loader=ts', `--sourcefile=${sdk}.ts`], {
    cwd: here,
    input: program,
  })
  return gzipSync(bundle, { level: 9 }).length
}

test('the SDK of the fixture, streams included, has at most 19 kB', () => {
  const bytes = bytesOf('library')
  console.log(`SDK with streams: ${bytes} bytes min+gzip`)
  expect(bytes).toBeGreaterThan(5_000)
  expect(bytes).toBeLessThanOrEqual(19_000)
})
