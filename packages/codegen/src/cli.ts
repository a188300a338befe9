#!/usr/bin/env node
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Misuse, type Output } from './command.ts'
import { buildContract, contractText } from './contract.ts'
import { runDiff } from './diff/command.ts'
import { errorCodesIn, loadModule } from './module.ts'
import { buildOpenApi, openApiText } from './openapi/build.ts'
import { buildReference } from './reference/build.ts'
import { checkReference, writeReference } from './reference/disk.ts'
import { DescribeError, describeRouter, type RouterDescription } from './router.ts'
import { checkSdk, writeSdk } from './sdk/disk.ts'
import { generateSdk } from './sdk/generate.ts'
import type { SdkOptions } from './sdk/options.ts'
import { generateParity } from './sdk/parity.ts'

const help = `antiphon-codegen: from a tRPC 11 router with zod 4 schemas, a typed client SDK and a contract

  antiphon-codegen --router <module> --out <directory> --contract <file> [options]
  antiphon-codegen diff <old contract> <new contract> [--fail-on wire|source|none]

  --router <module>     the module that exports the router; may also export errorCodes and version
  --export <name>       the name of the router's export (appRouter)
  --out <directory>     where the SDK goes
  --contract <file>     where contract.json goes
  --parity <file>       also write a file that type-checks only while SDK and router agree
  --openapi <file>      also write an OpenAPI 3.1 document of the procedures as plain JSON
  --reference <dir>     also write reference pages in Markdown
  --title <title>       the title of the OpenAPI document (<client name> API)
  --server-url <url>    the server's base address in the OpenAPI document and in examples
  --base-path <path>    where the procedures answer plain JSON (/api/v1)
  --client-name <name>  the first part of the client's type (Api)
  --error-name <name>   the name of the error class (ApiError)
  --path <path>         the tRPC endpoint below the server's base address (/trpc)
  --post-queries        send queries by POST; the server has to set allowMethodOverride
  --version-header <h>  the header in which the server tells its version; SDKs then say when they are too far apart
  --act-as-header <h>   gives clients the method \`as\`, which names a user in this header
  --act-as-type <name>  the shape that \`as\` takes (string)
  --session-header <h>  gives clients the option \`session: 'cookie'\`, which browsers ask for by this header
  --import-extension e  how the files of the SDK import each other, .ts or .js (.ts)
  --trpc                also write trpc.ts, the router's type for users of tRPC itself
  --strict              fail where a procedure has no output schema
  --check               write nothing; exit 1 and list the files that differ
  --help                this text

diff lists what changed between two contracts, by kind, suggests what to bump, and ends with 1 on changes that break the
wire (--fail-on wire, the default), or the wire or the source (--fail-on source).
`

const options = {
  router: { type: 'string' },
  export: { type: 'string', default: 'appRouter' },
  out: { type: 'string' },
  contract: { type: 'string' },
  parity: { type: 'string' },
  openapi: { type: 'string' },
  reference: { type: 'string' },
  title: { type: 'string' },
  'server-url': { type: 'string' },
  'base-path': { type: 'string' },
  'client-name': { type: 'string' },
  'error-name': { type: 'string' },
  path: { type: 'string' },
  'post-queries': { type: 'boolean', default: false },
  'version-header': { type: 'string' },
  'act-as-header': { type: 'string' },
  'act-as-type': { type: 'string' },
  'session-header': { type: 'string' },
  'import-extension': { type: 'string', default: '.ts' },
  trpc: { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
  check: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Runs the command and gives its exit code: 0 done, 1 drift, an unfit router or a breaking change, 2 misuse. */
export async function run(args: readonly string[], output: Output): Promise<0 | 1 | 2> {
  try {
    if (args[0] === 'diff') return runDiff(args.slice(1), output)
    const { values } = parseArgs({ args: [...args], options })
    if (values.help) {
      output.log(help)
      return 0
    }
    const { router, out, contract } = values
    if (router === undefined || out === undefined || contract === undefined) {
      throw new Misuse('--router, --out and --contract are needed')
    }
    return await generate({ ...values, router, out, contract }, output)
  } catch (error) {
    if (error instanceof DescribeError) {
      output.error(`antiphon-codegen: the router cannot be described:\n${error.message.replace(/^/gm, '  ')}`)
      return 1
    }
    if (!(error instanceof Error)) throw error
    output.error(`antiphon-codegen: ${error.message}`)
    if (!isMisuse(error)) return 1
    output.error('See antiphon-codegen --help.')
    return 2
  }
}

function isMisuse(error: Error): boolean {
  return error instanceof Misuse || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'] & {
  router: string
  out: string
  contract: string
}

async function generate(values: Values, output: Output): Promise<0 | 1> {
  const module = await loadModule(values.router)
  const found: unknown = module[values.export]
  if (found === undefined) throw new Misuse(`${values.router} has no export "${values.export}"`)
  const router = describeRouter(found, { strict: values.strict })
  const errorCodes = errorCodesIn(module.errorCodes)
  const version = typeof module.version === 'string' ? module.version : '0.0.0'
  const sdkOptions: SdkOptions = {
    clientName: values['client-name'],
    errorName: values['error-name'],
    path: values.path,
    postQueries: values['post-queries'],
    errorCodes,
    version: typeof module.version === 'string' ? module.version : undefined,
    versionHeader: values['version-header'],
    actAsHeader: values['act-as-header'],
    actAsType: values['act-as-type'],
    sessionHeader: values['session-header'],
    importExtension: extensionOf(values['import-extension']),
    trpc: values.trpc,
  }
  const files = generateSdk(router, sdkOptions)
  const single = new Map([[values.contract, contractText(buildContract(router, { version, errorCodes }))]])
  if (values.parity !== undefined) single.set(values.parity, parityText(values.parity, values, router, sdkOptions))
  if (values.openapi !== undefined) single.set(values.openapi, openApi(values, router, sdkOptions))
  for (const warning of router.warnings) output.error(`warning: ${warning}`)
  const pages = referenceOf(values, router, sdkOptions)
  if (values.check) {
    const drift = checkSdk(values.out, files).map((name) => `${values.out}/${name}`)
    if (pages !== undefined)
      drift.push(...checkReference(pages.directory, pages.files).map((name) => `${pages.directory}/${name}`))
    return check([...drift, ...changedFiles(single)], output)
  }
  writeSdk(values.out, files)
  if (pages !== undefined) writeReference(pages.directory, pages.files)
  for (const [file, text] of single) writeFileSync(file, text)
  output.log(
    `${router.procedures.size} procedures, ${router.shapes.size} named shapes: ${values.out}, ${values.contract}`,
  )
  return 0
}

function extensionOf(value: string): '.ts' | '.js' {
  if (value !== '.ts' && value !== '.js') throw new Misuse('--import-extension has to be .ts or .js')
  return value
}

function parityText(file: string, values: Values, router: RouterDescription, sdkOptions: SdkOptions): string {
  const from = (target: string) => {
    const path = relative(dirname(resolve(file)), resolve(target))
      .split(sep)
      .join('/')
    return path.startsWith('.') ? path : `./${path}`
  }
  const modules = { routerModule: from(values.router), sdkModule: from(join(values.out, 'index.ts')) }
  return generateParity(router, { ...sdkOptions, ...modules, routerExport: values.export })
}

function openApi(values: Values, router: RouterDescription, sdkOptions: SdkOptions): string {
  const { version = '0.0.0', clientName = 'Api', errorCodes, path: trpcPath } = sdkOptions
  const { title = clientName === 'Api' ? 'API' : `${clientName} API` } = values
  return openApiText(buildOpenApi(router, { title, version, errorCodes, trpcPath, ...addresses(values) }))
}

function referenceOf(values: Values, router: RouterDescription, sdkOptions: SdkOptions) {
  if (values.reference === undefined) return undefined
  const { clientName, errorCodes, path: trpcPath } = sdkOptions
  const files = buildReference(router, { clientName, errorCodes, trpcPath, ...addresses(values) })
  return { directory: values.reference, files }
}

function addresses(values: Values) {
  return { serverUrl: values['server-url'], basePath: values['base-path'] }
}

function changedFiles(single: ReadonlyMap<string, string>): string[] {
  return [...single].filter(([file, text]) => readIfThere(file) !== text).map(([file]) => file)
}

function check(drift: readonly string[], output: Output): 0 | 1 {
  if (drift.length === 0) return 0
  output.error(`These files are out of step with the router; run antiphon-codegen again:\n  ${drift.join('\n  ')}`)
  return 1
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

// Started as a command, not imported; npm's bin entries are symbolic links.
const started = process.argv[1]
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) {
  process.exitCode = await run(process.argv.slice(2), console)
}
