import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Hand-written sources of a folder, by their path from the workspace's root. */
function sourcesOf(folder: string): { path: string; text: string }[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(
      (path) => /\.(ts|tsx|mjs)$/.test(path) && !/(^|\/)(node_modules|dist|generated|\.[\w-]+)\/|\.gen\.ts$/.test(path),
    )
    .map((path) => join(folder, path).replaceAll('\\', '/'))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

const sources = ['packages', 'apps', 'docs', 'scripts'].flatMap(sourcesOf)

test('files stay under 300 lines', () => {
  expect(sources.length).toBeGreaterThan(50)
  const long = sources.filter(({ text }) => text.split('\n').length > 300).map(({ path }) => path)
  expect(long).toEqual([])
})

test('folders stay under 17 source files', () => {
  const folders = Map.groupBy(
    sources.filter(({ path }) => !path.endsWith('.test.ts')),
    ({ path }) => dirname(path),
  )
  expect([...folders].filter(([, files]) => files.length > 16).map(([folder]) => folder)).toEqual([])
})

test('only config.ts reads the environment', () => {
  const readers = sources.filter(
    ({ path, text }) => path.startsWith('packages/server/src/') && /process\.env/.test(text),
  )
  expect(readers.map(({ path }) => path).filter((path) => !/\.(test|fixture)\.ts$/.test(path))).toEqual([
    'packages/server/src/config.ts',
  ])
})

test('queries name their columns, and bring values as parameters', () => {
  const stores = sources.filter(({ path }) => path.startsWith('packages/server/src/') && !path.endsWith('.test.ts'))
  const loose = stores.filter(({ text }) => /\.selectAll\(|\.returningAll\(|sql\.raw\(|\bselect \*/.test(text))
  expect(loose.map(({ path }) => path)).toEqual([])
})

/** What a part of the house may import from the others; a part not listed here may import everything. */
const roles: { part: string; of: RegExp; may: RegExp }[] = [
  // What a text means is a rule of its own: a time zone, how a series is repeated.
  { part: 'schemas', of: /\/schema\.ts$/, may: /\/(ids|page|text|money|schema|zones|recurrence|month)\.ts$/ },
  {
    part: 'stores',
    of: /\/store\.ts$/,
    may: /\/(db\/connect|db\/tables\.gen|events\/log|ids|page|money|store|schema|month)\.ts$/,
  },
  {
    part: 'routers',
    of: /server\/src\/(users|messages|uploads|meetings|sessions|royalties)\/.*router\.ts$/,
    may: /\/(trpc|access|errors|idempotency|ids|page|text|money|db\/connect|auth\/\w+|limits\/\w+|events\/\w+|jobs\/\w+|storage\/\w+|schema|store)\.ts$|server\/src\/(users|messages|uploads|meetings|sessions|royalties)\//,
  },
  {
    part: 'events',
    of: /server\/src\/events\//,
    // What events are about is read at delivery, by the domain's own rules of who may see it.
    may: /server\/src\/(events\/|db\/|access|ids|errors|trpc|auth\/activity|sessions\/sight|messages\/(timeline\/|visible\/|\w+\/schema|schema))/,
  },
  { part: 'root', of: /server\/src\/root\.ts$/, may: /router\.ts$|\/(trpc|errors|version)\.ts$/ },
  { part: 'db', of: /server\/src\/db\//, may: /server\/src\/(db\/|ids)/ },
  { part: 'the client', of: /^packages\/client\//, may: /^packages\/client\// },
  { part: 'codegen', of: /^packages\/codegen\/(src|runtime)\//, may: /^packages\/codegen\// },
  { part: 'the web app', of: /^apps\/web\//, may: /^apps\/web\// },
  { part: 'the docs', of: /^docs\/examples\//, may: /^docs\// },
]

function importsOf(path: string, text: string): string[] {
  const specifiers = [...text.matchAll(/(?:from|import)\s+'(\.{1,2}\/[^']+)'/g)].map(([, specifier]) => specifier ?? '')
  return specifiers.map((specifier) => relative(root, join(root, dirname(path), specifier)).replaceAll('\\', '/'))
}

describe('imports point one way', () => {
  test.each(roles)('$part', ({ of, may }) => {
    const files = sources.filter(({ path }) => of.test(path) && !/\.(test|fixture)\.ts$/.test(path))
    const wrong = files.flatMap(({ path, text }) =>
      importsOf(path, text)
        .filter((target) => !may.test(target))
        .map((target) => `${path} -> ${target}`),
    )
    expect(wrong).toEqual([])
  })

  test('a domain uses no router of another', () => {
    const domains = /server\/src\/(users|messages|uploads|meetings|sessions|royalties)\//
    const wrong = sources
      .filter(({ path }) => domains.test(path) && !path.endsWith('.test.ts'))
      .flatMap(({ path, text }) => importsOf(path, text).map((target) => [path, target] as const))
      .filter(([path, target]) => target.endsWith('router.ts') && domains.exec(path)?.[1] !== domains.exec(target)?.[1])
    expect(wrong).toEqual([])
  })

  test('packages are used in one direction: client and web know no server, codegen knows none of ours', () => {
    const uses = (folder: string, name: string) =>
      sources
        .filter(({ path, text }) => path.startsWith(folder) && !/\/test\//.test(path) && text.includes(`from '${name}`))
        .map(({ path }) => path)
    expect(uses('packages/client/', '@antiphon/server')).toEqual([])
    expect(uses('packages/codegen/', '@antiphon/')).toEqual([])
    expect(uses('apps/web/', '@antiphon/server')).toEqual([])
    expect(uses('docs/examples/', '@trpc/')).toEqual([])
    expect(uses('docs/examples/', '@antiphon/server')).toEqual(['docs/examples/server/embed.ts'])
  })
})

test('importing the router has no side effects: nothing keeps the process alive', async () => {
  const { execFile } = await import('node:child_process')
  const program =
    "import('./packages/server/src/index.ts').then((m) => console.log(Object.keys(m.appRouter._def.procedures).length))"
  const output = await new Promise<string>((resolve, reject) => {
    const args = ['--conditions=antiphon-source', '--eval', program]
    execFile(process.execPath, args, { cwd: root, timeout: 10_000 }, (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    )
  })
  expect(Number(output)).toBeGreaterThan(5)
})

test('dependencies come from the catalog, and every @trpc package has one version', () => {
  const catalog = readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8')
  const versions = [...catalog.matchAll(/'@trpc\/\w+': (.+)/g)].map(([, version]) => version)
  expect(new Set(versions).size).toBe(1)
  for (const folder of ['packages/server', 'packages/codegen', 'packages/client', 'apps/web', 'docs', '.']) {
    const { dependencies = {}, devDependencies = {} } = JSON.parse(
      readFileSync(join(root, folder, 'package.json'), 'utf8'),
    )
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect([folder, name, version]).toEqual([
        folder,
        name,
        name.startsWith('@antiphon/') ? 'workspace:*' : 'catalog:',
      ])
    }
  }
})

test('ids have one prefix each, of three letters', async () => {
  const { idPrefixes } = await import('../src/ids.ts')
  const prefixes = Object.values(idPrefixes)
  expect(new Set(prefixes).size).toBe(prefixes.length)
  for (const prefix of prefixes) expect(prefix).toMatch(/^[a-z]{3}$/)
})
