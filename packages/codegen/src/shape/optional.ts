import type { $ZodType, $ZodTypes } from 'zod/v4/core'
import type { Direction, Docs, Shape } from './shape.ts'

/** The definition of a schema, as the union that zod documents for switching on `type`. */
export function defOf(schema: $ZodType): $ZodTypes['_zod']['def'] {
  return (schema as $ZodTypes)._zod.def
}

/**
 * Whether the key of a field may be missing. Follows the declared types of zod (a transform or a catch accepts a
 * missing key when it runs, but its type says that the key is there).
 */
export function mayBeMissing(schema: $ZodType, io: Direction): boolean {
  const def = defOf(schema)
  switch (def.type) {
    case 'optional':
      return true
    case 'default':
    case 'prefault':
      return io === 'input'
    case 'nullable':
    case 'readonly':
    case 'catch':
      return mayBeMissing(def.innerType, io)
    case 'lazy':
      return mayBeMissing(def.getter(), io)
    case 'pipe':
      return mayBeMissing(io === 'output' || isTransform(def.in) ? def.out : def.in, io)
    case 'union':
      return def.options.some((option) => mayBeMissing(option, io))
    case 'intersection':
      return mayBeMissing(def.left, io) && mayBeMissing(def.right, io)
    default:
      return false
  }
}

/** Whether a schema is a bare function over its input, which says nothing of its types. */
export function isTransform(schema: $ZodType): boolean {
  return schema._zod.traits.has('$ZodTransform')
}

/** A union of shapes, flat, with the documentation of the first, which is the one that was wrapped. */
export function unite(first: Shape, ...others: Shape[]): Shape {
  const { docs, default: value, ...bare } = first
  const members: Shape[] = first.kind === 'union' ? [...first.members] : [first.kind === 'ref' ? first : bare]
  for (const other of others) if (!members.some((member) => member.kind === other.kind)) members.push(other)
  return { kind: 'union', members, docs: first.kind === 'ref' ? undefined : docs, default: value }
}

/** A shape with a default, where there is one that does not change between two readings. */
export function withDefault(shape: Shape, read: () => unknown): Shape {
  const value = stableValue(read)
  return value === undefined ? shape : { ...shape, default: { value } }
}

/** A default may be a function; one that gives a time or a random value is left out, so that output is stable. */
function stableValue(read: () => unknown): unknown {
  try {
    const [first, second] = [read(), read()]
    if (first instanceof Date && Math.abs(first.getTime() - Date.now()) < 60_000) return undefined
    return fingerprint(first) === fingerprint(second) ? first : undefined
  } catch {
    return undefined
  }
}

/** A text that is equal for equal values, bigint, Date and regular expressions included. */
export function fingerprint(value: unknown): string {
  return JSON.stringify(value, (_key, item) => {
    if (typeof item === 'bigint') return `bigint:${item}`
    if (item === undefined) return undefined
    if (item instanceof Set || item instanceof Map) return [...item]
    return item
  })
}

/** Documentation that differs from that of the named shape it is a copy of. */
export function docsBeyond(docs: Docs | undefined, original: Docs | undefined): Docs | undefined {
  const entries = Object.entries(docs ?? {}).filter(
    ([key, value]) => value !== undefined && fingerprint(value) !== fingerprint(Reflect.get(original ?? {}, key)),
  )
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}
