import { isDownload, plainMethods } from '../plain.ts'
import type { Method } from '../sdk/model.ts'
import { encodeJson } from '../shape/encode.ts'
import { encodeFlat, FlatError } from '../shape/flat.ts'
import type { Shapes } from '../shape/shape.ts'
import { keyText, stringText } from '../shape/typescript.ts'
import { anchorName } from './markdown.ts'

/** Where calls go in examples. */
export interface CallOptions {
  readonly serverUrl: string
  readonly basePath: string
  readonly trpcPath: string
  /** Whether tRPC wraps inputs as superjson does. */
  readonly transformed: boolean
}

/** A call by the SDK. */
export function sdkCall(method: Method, input: unknown): string {
  const { procedure, path } = method
  const target = path.split('.').reduce((text, key) => text + accessText(key), 'client')
  const isEmpty = input === undefined || (method.emptyInput && Object.keys(Object(input)).length === 0)
  const given = isEmpty ? '' : valueText(input)
  if (procedure.type === 'subscription') {
    const name = isDownload(procedure) ? 'item' : 'event'
    return `for await (const ${name} of ${target}(${given})) console.log(${name})`
  }
  if (method.item !== undefined) return `for await (const item of ${target}.all(${given})) console.log(item)`
  const returnsNothing = procedure.output?.kind === 'void' || procedure.output?.kind === 'undefined'
  return `${returnsNothing ? '' : 'const answer = '}await ${target}(${given})`
}

function accessText(key: string): string {
  const name = keyText(key)
  return name === key ? `.${key}` : `[${name}]`
}

// What is left of a line after `const answer = await client...`.
const width = 72

/** A value as TypeScript writes it. */
export function valueText(value: unknown, indent = ''): string {
  if (typeof value === 'string') return stringText(value)
  if (typeof value === 'bigint') return `${value}n`
  if (value === null || typeof value !== 'object') return String(value)
  if (value instanceof Date) return `new Date(${stringText(value.toISOString())})`
  if (value instanceof Set) return `new Set(${valueText([...value], indent)})`
  if (value instanceof Map) return `new Map(${valueText([...value], indent)})`
  const inner = `${indent}  `
  const isList = Array.isArray(value)
  const parts = isList
    ? value.map((item) => valueText(item, inner))
    : Object.entries(value).map(([key, item]) => `${keyText(key)}: ${valueText(item, inner)}`)
  if (parts.length === 0) return isList ? '[]' : '{}'
  const short = isList ? `[${parts.join(', ')}]` : `{ ${parts.join(', ')} }`
  if (short.length + indent.length <= width && !short.includes('\n')) return short
  const [open, close] = isList ? ['[', ']'] : ['{', '}']
  return `${open}\n${parts.map((part) => `${inner}${part},\n`).join('')}${indent}${close}`
}

/** The same call by curl: by GET where the input can be flat and the procedure takes that, all else by POST. */
export function curlCall(method: Method, input: unknown, shapes: Shapes, options: CallOptions): string {
  const { procedure, path } = method
  const { serverUrl, basePath, trpcPath } = options
  const lines = procedure.meta.auth === 'anyone' ? [] : ['-H "authorization: Bearer $TOKEN"']
  if (procedure.type === 'subscription' && !isDownload(procedure)) {
    const json = encodeJson(input)
    const query =
      input === undefined
        ? ''
        : `?${new URLSearchParams({ input: JSON.stringify(options.transformed ? { json } : json) })}`
    return command(`-N '${serverUrl}${trpcPath}/${path}${query}'`, lines)
  }
  const url = `${serverUrl}${basePath}/${path}`
  const file = isDownload(procedure) ? [`> ${anchorName(path.slice(path.lastIndexOf('.') + 1))}.json`] : []
  const query = plainMethods(procedure, shapes).includes('GET') ? queryText(input) : undefined
  if (query !== undefined) return command(quoted(`${url}${query === '' ? '' : `?${query}`}`), [...lines, ...file])
  if (input === undefined) return command(`-X POST ${quoted(url)}`, lines)
  const body = JSON.stringify(encodeJson(input))
  return command(quoted(url), [...lines, "-H 'content-type: application/json'", `-d ${quoted(body)}`, ...file])
}

function queryText(input: unknown): string | undefined {
  try {
    return encodeFlat(input).toString()
  } catch (error) {
    if (error instanceof FlatError) return undefined
    throw error
  }
}

function command(first: string, others: readonly string[]): string {
  return [`curl ${first}`, ...others].join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
