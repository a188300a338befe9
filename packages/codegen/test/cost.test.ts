import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { describeRouter, generateSdk, writeSdk } from '../src/index.ts'
import { appRouter, errorCodes } from './fixture/router.ts'
import { t } from './fixture/trpc.ts'

const scratch = join(import.meta.dirname, '.out-cost')
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

// What an editor has to work out for a file that makes 30 calls: counts do not vary from machine to machine.
const thrice = t.router({ ...appRouter._def.record, again: appRouter, more: t.router({ still: appRouter }) })

const calls = `import { createClient, isLibraryError } from './sdk/index.js'
const client = createClient({ url: '' })
const book = await client.books.get({ id: 'bok_1' })
export const titles = [book.title]
for await (const { title } of client.books.list.all()) titles.push(title)
for await (const { items } of client.books.list.pages({ limit: 2 })) titles.push(...items.map(({ title }) => title))
for await (const { title } of client.books.titles.all()) titles.push(title)
const found = await client.books.get.safe({ id: 'bok_1' })
if (!found.ok && found.error.code === 'NOT_FOUND') titles.push(found.error.message)
if (found.ok) titles.push(found.data.title)
const lent = await client.loans.lend.safe({ bookId: 'bok_1', memberId: 'mem_1', dueAt: new Date() })
if (!lent.ok && lent.error.code === 'ALREADY_LENT') titles.push(lent.error.requestId ?? '')
${Array.from(
  { length: 6 },
  (_, n) => `
const added${n} = await client.books.add({ ...book, format: 'paper' })
const counted${n} = await client.books.count.safe()
if (counted${n}.ok) titles.push(added${n} + counted${n}.data.toString())
const extended${n} = await client.loans.extend({ bookId: 'bok_1', days: ${n} })
titles.push(extended${n}.bookId)
for await (const shelf of client.catalog.shelves.list.all()) titles.push(shelf.toFixed())`,
).join('\n')}
client.feeds.changes({}).on('lent', ({ memberId }) => titles.push(memberId))
for await (const { page } of client.feeds.log()) titles.push(page.toFixed())
if (isLibraryError(found)) titles.push(found.code)
`

const flat = `import { createTRPCClient, httpBatchLink } from '@trpc/client'
import type { AppRouter } from './sdk/trpc.js'
const client = createTRPCClient<AppRouter>({ links: [httpBatchLink({ url: '', transformer: { serialize: String, deserialize: String } })] })
export const titles: string[] = []
${Array.from(
  { length: 10 },
  (_, n) => `
const book${n} = await client.books.get.query({ id: 'bok_${n}' })
const page${n} = await client.books.list.query({ limit: ${n} })
const extended${n} = await client.loans.extend.mutate({ bookId: 'bok_1', days: ${n} })
titles.push(book${n}.title, page${n}.items[0]?.title ?? '', extended${n}.bookId)`,
).join('\n')}
`

/** The number of type instantiations of a file over those of an empty one that imports the same. */
function instantiations(name: string, router: unknown, text: string): number {
  const directory = join(scratch, name)
  mkdirSync(directory, { recursive: true })
  const options = {
    clientName: 'Library',
    errorName: 'LibraryError',
    errorCodes,
    importExtension: '.js',
    trpc: true,
  } as const
  writeSdk(join(directory, 'source'), generateSdk(describeRouter(router), options))
  const shared = {
    target: 'es2022',
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    types: [],
    lib: ['es2022', 'dom', 'dom.asynciterable'],
  }
  compile(directory, ['source'], {
    ...shared,
    declaration: true,
    emitDeclarationOnly: true,
    rootDir: 'source',
    outDir: 'sdk',
  })
  writeFileSync(join(directory, 'calls.ts'), text)
  const out = compile(directory, ['calls.ts'], { ...shared, noEmit: true })
  return Number(/^Instantiations:\s+(\d+)/m.exec(out)?.[1])
}

function compile(directory: string, include: string[], compilerOptions: object): string {
  const config = join(directory, 'tsconfig.json')
  writeFileSync(config, JSON.stringify({ include, compilerOptions }))
  const tsc = join(import.meta.dirname, '../../../node_modules/.bin/tsc')
  try {
    return execFileSync(tsc, ['-p', config, '--extendedDiagnostics', '--singleThreaded'], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
  } catch (error) {
    throw new Error(error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error))
  }
}

test('30 calls cost an editor next to nothing, however many procedures there are', { timeout: 60_000 }, () => {
  const one = instantiations('one', appRouter, calls)
  expect(one).toBeLessThanOrEqual(100)
  expect(instantiations('three', thrice, calls)).toBe(one)
})

test("through tRPC's own types they cost what those cost", { timeout: 60_000 }, () => {
  expect(instantiations('flat', appRouter, flat)).toBeLessThanOrEqual(10_000)
  expect(instantiations('flat-three', thrice, flat)).toBeLessThanOrEqual(10_000)
})
