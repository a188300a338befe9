import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { initTRPC } from '@trpc/server'
import { afterAll, expect, test } from 'vitest'
import { z } from 'zod'
import { buildReference, describeRouter } from '../src/index.ts'
import { sampleOf } from '../src/reference/pattern.ts'
import { exampleOf } from '../src/reference/values.ts'
import { createWalker } from '../src/shape/walk.ts'
import { appRouter, errorCodes } from './fixture/router.ts'

const here = import.meta.dirname
const scratch = join(here, '.out-reference')
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const described = describeRouter(appRouter)
const build = () => buildReference(described, { clientName: 'Library', errorCodes })
const page = (name: string) => build().get(name) ?? ''
const section = (path: string) =>
  page(`${path.split('.')[0]}.md`)
    .split(`\n## ${path}\n`)[1]
    ?.split('\n<a id=')[0] ?? ''

test('there is a page per router, one of shapes, one of errors, and an index of all procedures', () => {
  expect([...build()]).toEqual([...build()])
  const tops = new Set([...described.procedures.keys()].map((path) => path.split('.')[0]))
  expect([...build().keys()]).toEqual(['index.md', ...[...tops].map((top) => `${top}.md`), 'shapes.md', 'errors.md'])
  for (const path of described.procedures.keys()) {
    expect(page('index.md')).toContain(`[\`${path}\`]`)
    expect(section(path), path).toContain('```sh\ncurl ')
  }
})

test('every link leads somewhere, and every table has as many cells in each row', () => {
  const pages = build()
  for (const [name, text] of pages) {
    for (const [, file, id] of text.matchAll(/\]\(([\w-]*\.md)?(?:#([\w-]+))?\)/g)) {
      const target = pages.get(file ?? name)
      expect(target, `${name}: ${file}`).toBeDefined()
      if (id !== undefined) expect(target, `${name}: ${file}#${id}`).toContain(`<a id="${id}"></a>`)
    }
    for (const table of text.match(/(^\|.*\n)+/gm) ?? []) {
      const cells = table
        .trim()
        .split('\n')
        .map((row) => row.match(/(?<!\\)\|/g)?.length)
      expect(new Set(cells).size, table).toBe(1)
    }
  }
})

test('a procedure tells purpose, callers, fields, errors and calls', () => {
  const text = section('loans.lend')
  expect(text).toContain('Lends a book.\n')
  expect(text).toContain('Who may call it: `member`.')
  expect(text).toContain('| `bookId` | [`BookId`](shapes.md#BookId) | yes |  |')
  expect(text).toContain('| `clientId` | `string` |  | at most 64 characters |')
  expect(text).toContain('| `ALREADY_LENT` | 409 | Somebody else has the book. |')
  expect(text).toContain('await client.loans.lend({\n')
  expect(text).toContain(
    'curl \'http://localhost:3000/api/v1/loans.lend\' \\\n  -H "authorization: Bearer $TOKEN" \\\n',
  )
  expect(section('books.get')).toContain("curl 'http://localhost:3000/api/v1/books.get?id=bok_")
  expect(section('books.get')).toContain('Anyone may call it, without a token.')
  expect(section('books.list')).toContain('for await (const item of client.books.list.all())')
  expect(section('loans.giveBack')).toContain('**Deprecated.** Use `returns.drop`.')
  expect(section('loans.history.watch')).toContain('for await (const event of client.loans.history.watch())')
  expect(page('errors.md')).toContain('| `ALREADY_LENT` | 409 | Somebody else has the book. | [`loans.lend`]')
  expect(page('shapes.md')).toContain("`'paper'` or `'audio'` or `'e-book'`")
})

test('words cannot break a table or become tags', () => {
  const t = initTRPC.meta<{ summary: string; auth?: string }>().create()
  const input = z.object({ a: z.enum(['x|y', '`']).describe('One | two\nand <b>`<c>`</b>\n\n{{ x }}') })
  const router = t.router({
    index: t.router({
      a: t.procedure
        .meta({ summary: 'A <T> & b.' })
        .input(input)
        .output(z.void())
        .query(() => {}),
    }),
    top: t.procedure
      .meta({ summary: 'Top.' })
      .output(z.void())
      .query(() => {}),
  })
  const pages = buildReference(describeRouter(router), {
    examples: new Map([['index.a', { input: { a: "it's" } }]]),
    serverUrl: 'https://a.b/',
    basePath: '/v1',
  })
  expect([...pages.keys()]).toEqual(['index.md', 'index-router.md', 'general.md', 'shapes.md', 'errors.md'])
  const text = pages.get('index-router.md')
  expect(text).toContain('A &lt;T> &amp; b.')
  expect(text).toContain(
    "| `a` | `'x\\|y'` or ``'`'`` | yes | One \\| two and &lt;b>`<c>`&lt;/b><br>&#123;&#123; x }} |",
  )
  expect(text).toContain("await client.index.a({ a: 'it\\'s' })")
  expect(text).toContain("curl 'https://a.b/v1/index.a?a=it%27s'")
})

function example(schema: z.ZodType): unknown {
  const walker = createWalker()
  const shape = walker.walk(schema, 'input', 'test input')
  return exampleOf(shape, walker.finish())
}

const Tree = z
  .object({
    name: z.string().min(1),
    get parts() {
      return z.array(Tree)
    },
  })
  .meta({ id: 'Tree' })

test.each<[string, z.ZodType]>([
  ['formats', z.object({ a: z.email(), b: z.url(), c: z.uuid(), d: z.iso.datetime(), e: z.iso.date(), f: z.ipv4() })],
  ['lengths', z.object({ title: z.string().max(5), a: z.string().min(100), b: z.string().length(2) })],
  [
    'bounds',
    z.object({ a: z.int().min(50), b: z.number().max(-1), c: z.number().gt(3).lt(4), d: z.int().multipleOf(7) }),
  ],
  ['bigints', z.object({ a: z.bigint().min(5000n), b: z.bigint().max(3n), c: z.bigint() })],
  ['dates', z.object({ a: z.date().min(new Date('2030-01-01')), b: z.date().max(new Date('2000-01-01')) })],
  ['patterns', z.object({ a: z.string().regex(/^[A-Z]{2}-\d{4,}(\.x)?$/), b: z.string().regex(/^(mon|tue)day$/) })],
  ['ids', z.templateLiteral(['usr_', z.string().regex(/[0-7][0-9a-hjkmnp-tv-z]{25}/)])],
  ['lists', z.object({ a: z.array(z.string()).min(2), b: z.set(z.int()), c: z.tuple([z.int(), z.string()]) })],
  ['maps', z.object({ a: z.map(z.string(), z.date()), b: z.record(z.enum(['x', 'y']), z.int()) })],
  ['choices', z.object({ a: z.union([z.null(), z.int()]), b: z.enum(['q', 'r']), c: z.literal([5, 6]) })],
  [
    'kinds',
    z.discriminatedUnion('k', [z.object({ k: z.literal('a'), n: z.bigint() }), z.object({ k: z.literal('b') })]),
  ],
  ['recursion', Tree],
  ['both', z.intersection(z.object({ a: z.int() }), z.object({ b: z.boolean() }))],
  [
    'own example',
    z
      .string()
      .min(3)
      .meta({ examples: ['abcdef'] }),
  ],
])('examples fit their schema, and are the same every time: %s', (_name, schema) => {
  expect(z.safeParse(schema, example(schema)).error).toBeUndefined()
  expect(example(schema)).toEqual(example(schema))
})

test('examples are plausible', () => {
  expect(example(z.object({ email: z.string(), userName: z.string(), limit: z.int().default(50) }))).toEqual({
    email: 'ann@example.org',
    userName: 'ann',
  })
  expect(example(z.object({ at: z.date(), on: z.boolean() }))).toEqual({
    at: new Date('2026-01-31T09:30:00Z'),
    on: true,
  })
})

test.each([
  [/^a+b*c?$/, 'a'],
  [/^[^a-z]{3}$/, '074'],
  [/^(?:x|y)\.\w$/, 'x.a'],
  [/^(?=a)a$/, undefined],
  [/^\p{L}$/u, undefined],
  [/^[\]\-a]{2}$/, ']-'],
])('a text for %s', (pattern, expected) => {
  const text = sampleOf(pattern.source)
  expect(text).toBe(expected)
  if (text !== undefined) expect(text).toMatch(pattern)
})

test('every call compiles against the SDK, and its input fits the schema', { timeout: 60_000 }, () => {
  const calls = [...described.procedures.keys()].map((path) => /```ts\n([\s\S]*?)\n```/.exec(section(path))?.[1] ?? '')
  expect(calls).not.toContain('')
  const body = calls.map((call) => `  {\n    ${call}\n  }\n`).join('')
  const directory = join(scratch, 'sdk')
  mkdirSync(directory, { recursive: true })
  cpSync(join(here, 'generated/library'), join(directory, 'library'), { recursive: true })
  const program = `import type { LibraryClient } from './library/index.ts'\nexport async function calls(client: LibraryClient) {\n${body}}\n`
  writeFileSync(join(directory, 'calls.ts'), program)
  const config = {
    extends: join(here, '../../../tsconfig.test.json'),
    include: ['.'],
    exclude: [],
    compilerOptions: {
      types: ['node'],
      typeRoots: [join(here, '../../../node_modules/@types')],
      noUnusedLocals: false,
    },
  }
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config))
  const tsc = join(here, '../../../node_modules/.bin/tsc')
  let errors = ''
  try {
    execFileSync(tsc, ['-p', directory, '--noEmit', '--pretty', 'false'], { stdio: 'pipe', encoding: 'utf8' })
  } catch (error) {
    errors = error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)
  }
  expect(errors).toBe('')
  const procedures: Record<string, { _def: { inputs: z.ZodType[] } }> = appRouter._def.procedures as never
  for (const [path, { input }] of described.procedures) {
    const value = input && exampleOf(input, described.shapes)
    for (const schema of procedures[path]!._def.inputs) expect(z.safeParse(schema, value).error, path).toBeUndefined()
  }
})
