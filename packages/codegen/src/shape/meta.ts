import { type $ZodType, globalRegistry } from 'zod/v4/core'
import type { Docs, Shape } from './shape.ts'

type Meta = Readonly<Record<string, unknown>>

/** What `.meta()` and `.describe()` say of a schema; a clone (`.min()`, `.describe()`) inherits all but the id. */
export function metaOf(schema: $ZodType): Meta {
  return globalRegistry.get(schema) ?? {}
}

/** The name that `.meta({ id })` gives to a schema. */
export function idOf(schema: $ZodType): string | undefined {
  return text(metaOf(schema).id)
}

/** The named schema of which this one is a copy that differs in documentation only, as `Room.describe('...')` makes. */
export function namedOriginal(schema: $ZodType): $ZodType | undefined {
  const parent = schema._zod.parent
  if (parent === undefined || parent._zod.def !== schema._zod.def) return undefined
  return idOf(parent) === undefined ? namedOriginal(parent) : parent
}

/** The documentation in a schema's metadata. */
export function docsOf(meta: Meta): Docs | undefined {
  const deprecated = meta.deprecated
  const docs: Docs = {
    title: text(meta.title),
    description: text(meta.description),
    deprecated: deprecated === true ? true : text(deprecated),
    examples: Array.isArray(meta.examples) ? meta.examples : undefined,
  }
  return Object.values(docs).some((value) => value !== undefined) ? docs : undefined
}

/** A shape with more documentation, which wins over its own. */
export function withDocs<S extends Shape>(shape: S, docs: Docs | undefined): S {
  if (docs === undefined) return shape
  const merged = { ...shape.docs }
  for (const [key, value] of Object.entries(docs)) if (value !== undefined) Object.assign(merged, { [key]: value })
  return { ...shape, docs: merged }
}

/**
 * A shape with the constraints that `.meta({ minLength, ... })` states, which win over those of the checks: a
 * refinement cannot be read, so a schema that counts characters in its own way says here what it allows.
 */
export function withStatedConstraints(shape: Shape, meta: Meta): Shape {
  switch (shape.kind) {
    case 'string': {
      const pattern = text(meta.pattern)
      return {
        ...shape,
        minLength: count(meta.minLength) ?? shape.minLength,
        maxLength: count(meta.maxLength) ?? shape.maxLength,
        format: text(meta.format) ?? shape.format,
        patterns: pattern === undefined ? shape.patterns : [pattern],
      }
    }
    case 'number':
      return {
        ...shape,
        minimum: count(meta.minimum) ?? shape.minimum,
        maximum: count(meta.maximum) ?? shape.maximum,
      }
    case 'array':
    case 'set':
    case 'map':
      return {
        ...shape,
        minItems: count(meta.minItems) ?? shape.minItems,
        maxItems: count(meta.maxItems) ?? shape.maxItems,
      }
    default:
      return shape
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function count(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
