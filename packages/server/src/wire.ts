import superjson from 'superjson'
import { z } from 'zod'
import { ApiError } from './errors.ts'

const maxDepth = 40
const maxNodes = 10_000
const maxKeys = 1_000
const maxAnnotations = 5_000
const maxDigits = 100

const envelope = z.object({
  json: z.unknown().optional(),
  meta: z.object({ values: z.unknown().optional() }).optional(),
})

/**
 * The input side of the wire: superjson's format, cut down to Date, bigint, undefined, Set and Map.
 * `referentialEqualities` are dropped, since the JSON already holds full copies; depth, nodes and annotations are
 * capped, and the work is linear in the size of the input. Changes `value` in place.
 * @throws MALFORMED_REQUEST, TOO_LARGE
 */
export function deserializeInput(value: unknown): unknown {
  if (value === undefined) return undefined
  const parsed = envelope.safeParse(value)
  if (!parsed.success) throw malformed('The input is not in superjson form, { json, meta }.')
  const { json, meta } = parsed.data
  checkSize(json)
  return meta?.values === undefined ? json : revive(json, meta.values, { annotations: 0 }, 0)
}

/** Refuses JSON that is too deep, has too many nodes, or keys that reach for a prototype. */
export function checkSize(json: unknown): void {
  let nodes = 0
  const visit = (value: unknown, depth: number) => {
    if (++nodes > maxNodes) throw new ApiError('TOO_LARGE', { message: 'The input has too many values.' })
    if (depth > maxDepth) throw new ApiError('TOO_LARGE', { message: 'The input is nested too deeply.' })
    if (Array.isArray(value)) for (const item of value) visit(item, depth + 1)
    else if (isRecord(value)) {
      const entries = Object.entries(value)
      if (entries.length > maxKeys)
        throw new ApiError('TOO_LARGE', { message: 'An object of the input has too many keys.' })
      for (const [key, item] of entries) {
        if (unsafeKeys.has(key)) throw malformed(`The input must not hold the key "${key}".`)
        visit(item, depth + 1)
      }
    }
  }
  visit(json, 0)
}

const unsafeKeys = new Set(['__proto__', 'constructor', 'prototype'])

/** An annotation is `[type]`, `[type, children]` or `children`, with children by their path below the value. */
function revive(value: unknown, annotation: unknown, count: { annotations: number }, depth: number): unknown {
  if (++count.annotations > maxAnnotations || depth > maxDepth) {
    throw new ApiError('TOO_LARGE', { message: 'The input has too many typed values.' })
  }
  if (Array.isArray(annotation)) {
    const [type, children] = annotation
    if (children !== undefined) reviveChildren(value, children, count, depth)
    return convert(value, type)
  }
  reviveChildren(value, annotation, count, depth)
  return value
}

function reviveChildren(value: unknown, children: unknown, count: { annotations: number }, depth: number): void {
  if (!isRecord(children)) throw malformed('The types of the input cannot be read.')
  for (const [path, annotation] of Object.entries(children)) {
    const keys = parsePath(path)
    const last = keys.pop() ?? ''
    let parent = value
    for (const key of keys) parent = ownValue(parent, key)
    const revived = revive(ownValue(parent, last), annotation, count, depth + 1)
    if (Array.isArray(parent)) parent[Number(last)] = revived
    else if (isRecord(parent)) parent[last] = revived
  }
}

function ownValue(parent: unknown, key: string): unknown {
  if (parent !== null && typeof parent === 'object' && key !== 'length' && Object.hasOwn(parent, key)) {
    return Reflect.get(parent, key)
  }
  throw malformed('The types of the input point to a value that is not there.')
}

function convert(value: unknown, type: unknown): unknown {
  if (type === 'undefined') return undefined
  if (type === 'Date' && typeof value === 'string' && value.length <= 40) return new Date(value)
  if (type === 'bigint' && typeof value === 'string' && value.length <= maxDigits && /^-?\d+$/.test(value))
    return BigInt(value)
  if (type === 'set' && Array.isArray(value)) return new Set(value)
  if (type === 'map' && Array.isArray(value) && value.every((entry) => Array.isArray(entry) && entry.length === 2)) {
    return new Map(value)
  }
  throw malformed('The input holds a value of a type that is not accepted.')
}

/** superjson joins keys by dots, with backslash before a dot or backslash of the key. */
function parsePath(path: string): string[] {
  const keys: string[] = []
  let key = ''
  for (let at = 0; at < path.length; at++) {
    const char = path[at]
    if (char === '.') {
      keys.push(key)
      key = ''
    } else key += char === '\\' ? (path[++at] ?? '') : char
  }
  return [...keys, key]
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object'
}

function malformed(message: string): ApiError {
  return new ApiError('MALFORMED_REQUEST', { message })
}

/** The transformer of the tRPC endpoint: superjson, with the guarded input side above. */
export const transformer = {
  input: { serialize: (value: unknown) => superjson.serialize(value), deserialize: deserializeInput },
  output: {
    serialize: (value: unknown) => superjson.serialize(value),
    deserialize: (value: ReturnType<typeof superjson.serialize>): unknown => superjson.deserialize(value),
  },
}
