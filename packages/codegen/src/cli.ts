#!/usr/bin/env node
import { readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { buildContract, contractText, type ErrorCodes } from './contract.ts'
import { DescribeError, describeRouter, type RouterDescription } from './router.ts'
import { checkSdk, writeSdk } from './sdk/disk.ts'
import { generateSdk } from './sdk/generate.ts'
import type { SdkOptions } from './sdk/options.ts'
import { generateParity } from './sdk/parity.ts'

const help = `antiphon-codegen: from a tRPC 11 router with zod 4 schemas, a typed client SDK and a contract

  antiphon-codegen --router <module> --out <directory> --contract <file> [options]

  --router <module>     the module that exports the router; may also export errorCodes and version
  --export <name>       the name of the router's export (appRouter)
  --out <directory>     where the SDK goes
  --contract <file>     where contract.json goes
  --parity <file>       also write a file that type-checks only while SDK and router agree
  --client-name <name>  the first part of the client's type (Api)
  --error-name <name>   the name of the error class (ApiError)
  --path <path>         the tRPC endpoint below the server's base address (/trpc)
  --post-queries        send queries by POST; the server has to set allowMethodOverride
  --strict              fail where a procedure has no output schema
  --check               write nothing; exit 1 and list the files that differ
  --help                this text
`

const options = {
  router: { type: 'string' },
  export: { type: 'string', default: 'appRouter' },
  out: { type: 'string' },
  contract: { type: 'string' },
  parity: { type: 'string' },
  'client-name': { type: 'string' },
  'error-name': { type: 'string' },
  path: { type: 'string' },
  'post-queries': { type: 'boolean', default: false },
  strict: { type: 'boolean', default: false },
  check: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Where the command writes to. */
export interface Output {
  log(text: string): void
  error(text: string): void
}

/** Runs the command and gives its exit code: 0 done, 1 drift or an unfit router, 2 misuse. */
export async function run(args: readonly string[], output: Output): Promise<0 | 1 | 2> {
  try {
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

class Misuse extends Error {}

function isMisuse(error: Error): boolean {
  return error instanceof Misuse || ('code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
}

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values'] & {
  router: string
  out: string
  contract: string
}

async function generate(values: Values, output: Output): Promise<0 | 1> {
  const module = await load(values.router)
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
  }
  const files = generateSdk(router, sdkOptions)
  const single = new Map([[values.contract, contractText(buildContract(router, { version, errorCodes }))]])
  if (values.parity !== undefined) single.set(values.parity, parityText(values.parity, values, router, sdkOptions))
  for (const warning of router.warnings) output.error(`warning: ${warning}`)
  if (values.check) return check(values.out, files, single, output)
  writeSdk(values.out, files)
  for (const [file, text] of single) writeFileSync(file, text)
  output.log(
    `${router.procedures.size} procedures, ${router.shapes.size} named shapes: ${values.out}, ${values.contract}`,
  )
  return 0
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

function check(
  directory: string,
  files: ReadonlyMap<string, string>,
  single: ReadonlyMap<string, string>,
  output: Output,
): 0 | 1 {
  const drift = checkSdk(directory, files).map((name) => `${directory}/${name}`)
  for (const [file, text] of single) if (readIfThere(file) !== text) drift.push(file)
  if (drift.length === 0) return 0
  output.error(`These files are out of step with the router; run antiphon-codegen again:\n  ${drift.join('\n  ')}`)
  return 1
}

async function load(path: string): Promise<Record<string, unknown>> {
  try {
    return await import(pathToFileURL(resolve(path)).href)
  } catch (error) {
    throw new Error(`${basename(path)} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function errorCodesIn(value: unknown): ErrorCodes | undefined {
  if (value === undefined) return undefined
  if (value === null || typeof value !== 'object') throw new Misuse('the export errorCodes has to be an object')
  const codes = Object.entries(value).map(([code, entry]: [string, unknown]) => {
    const [status, description, common] = ['status', 'description', 'common'].map((key) => read(entry, key))
    if (typeof status !== 'number' || typeof description !== 'string') {
      throw new Misuse(`errorCodes.${code} has to have a status (number) and a description (string)`)
    }
    return [code, { status, description, ...(common === true ? { common } : {}) }] as const
  })
  return Object.fromEntries(codes)
}

function read(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' ? Reflect.get(value, key) : undefined
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
