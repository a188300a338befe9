import { encodeJson } from './encode.ts'
import {
  type DiscriminatedUnionShape,
  type Docs,
  discriminatorValues,
  type EnumShape,
  type LiteralShape,
  type ObjectShape,
  type RecordShape,
  type Shape,
  type Shapes,
  type StringShape,
  type TupleShape,
} from './shape.ts'

export type JsonSchema = { readonly [keyword: string]: unknown }

export interface JsonSchemaOptions {
  /** What stands before the name of a named shape in `$ref`. Default `#/shapes/`. */
  readonly refPrefix?: string | undefined
  /** How an open enum is told: its known values as a closed list, marked `x-open`, or as examples of any value. */
  readonly openEnums?: 'listed' | 'loose' | undefined
  /** The named shapes, with which discriminators get the mapping from values to named members. */
  readonly mapping?: Shapes | undefined
}

/**
 * The JSON Schema (2020-12) of a shape as plain JSON carries it: dates and bigints as strings, sets as arrays, maps as
 * arrays of pairs. Bounds that the standard has no word for are `x-minimum` and the like.
 */
export function toJsonSchema(shape: Shape, options: JsonSchemaOptions = {}): JsonSchema {
  const schema = bareSchema(shape, (inner) => toJsonSchema(inner, options), options)
  const annotations = { ...docsSchema(shape.docs), default: shape.default && encodeJson(shape.default.value) }
  return dropUndefined({ ...schema, ...annotations })
}

type Convert = (shape: Shape) => JsonSchema

function bareSchema(shape: Shape, convert: Convert, options: JsonSchemaOptions): JsonSchema {
  switch (shape.kind) {
    case 'ref':
      return { $ref: refTo(shape.name, options) }
    case 'string':
      return stringSchema(shape)
    case 'number': {
      const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = shape
      const type = shape.int ? 'integer' : 'number'
      return { type, minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf }
    }
    case 'bigint': {
      const isPositive = (shape.minimum ?? shape.exclusiveMinimum ?? -1n) >= 0n
      return { type: 'string', pattern: isPositive ? '^\\d+$' : '^-?\\d+$', ...boundsSchema(shape) }
    }
    case 'date':
      return { type: 'string', format: 'date-time', ...boundsSchema(shape) }
    case 'boolean':
      return { type: 'boolean' }
    case 'null':
    case 'undefined':
    case 'void':
      return { type: 'null' }
    case 'never':
      return { not: {} }
    case 'unknown':
      return {}
    case 'literal':
      return literalSchema(shape)
    case 'enum':
      return enumSchema(shape, options)
    case 'templateLiteral':
      return { type: 'string', pattern: shape.pattern }
    case 'discriminatedUnion':
      return choiceSchema(shape, convert, options)
    default:
      return containerSchema(shape, convert)
  }
}

function refTo(name: string, options: JsonSchemaOptions): string {
  return `${options.refPrefix ?? '#/shapes/'}${name}`
}

function enumSchema(shape: EnumShape, options: JsonSchemaOptions): JsonSchema {
  const known = literalSchema({ kind: 'literal', values: shape.values })
  if (!shape.open) return known
  if (options.openEnums !== 'loose') return { ...known, 'x-open': true }
  const types = [...new Set(shape.values.map((value) => typeof value))]
  return { anyOf: [known, ...types.map((type) => ({ type }))], 'x-open': true }
}

function choiceSchema(shape: DiscriminatedUnionShape, convert: Convert, options: JsonSchemaOptions): JsonSchema {
  const mapping = options.mapping && mappingOf(shape, options.mapping, options)
  const discriminator = dropUndefined({ propertyName: shape.discriminator, mapping })
  return { oneOf: shape.members.map(convert), discriminator, 'x-open': shape.open }
}

function mappingOf(shape: DiscriminatedUnionShape, shapes: Shapes, options: JsonSchemaOptions): JsonSchema | undefined {
  const entries = shape.members.flatMap((member) => {
    if (member.kind !== 'ref') return []
    return discriminatorValues(member, shape.discriminator, shapes).map((value) => [value, refTo(member.name, options)])
  })
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}

function containerSchema(shape: Shape, convert: Convert): JsonSchema {
  switch (shape.kind) {
    case 'array':
      return { type: 'array', items: convert(shape.element), minItems: shape.minItems, maxItems: shape.maxItems }
    case 'set': {
      const { minItems, maxItems } = shape
      return { type: 'array', items: convert(shape.element), uniqueItems: true, minItems, maxItems }
    }
    case 'map': {
      const pair = { type: 'array', prefixItems: [convert(shape.key), convert(shape.value)], items: false, minItems: 2 }
      return { type: 'array', items: pair, minItems: shape.minItems, maxItems: shape.maxItems }
    }
    case 'tuple':
      return tupleSchema(shape, convert)
    case 'object':
      return objectSchema(shape, convert)
    case 'record':
      return recordSchema(shape, convert)
    case 'union': {
      // JSON has no undefined: a missing key says it.
      const members = shape.members.filter((member) => member.kind !== 'undefined')
      const [only] = members
      return members.length === 1 && only !== undefined ? convert(only) : { anyOf: members.map(convert) }
    }
    case 'intersection':
      return { allOf: shape.members.map(convert) }
    default:
      return {}
  }
}

function stringSchema(shape: StringShape): JsonSchema {
  const { minLength, maxLength, format, patterns = [] } = shape
  const [pattern, ...more] = patterns
  if (more.length === 0) return { type: 'string', minLength, maxLength, format, pattern }
  return { type: 'string', minLength, maxLength, format, allOf: patterns.map((each) => ({ pattern: each })) }
}

function boundsSchema(shape: Extract<Shape, { kind: 'bigint' | 'date' }>): JsonSchema {
  const bound = (value: unknown) => (value === undefined ? undefined : encodeJson(value))
  return {
    'x-minimum': bound(shape.minimum),
    'x-maximum': bound(shape.maximum),
    'x-exclusiveMinimum': bound(shape.exclusiveMinimum),
    'x-exclusiveMaximum': bound(shape.exclusiveMaximum),
  }
}

function literalSchema(shape: LiteralShape): JsonSchema {
  const values = shape.values.filter((value) => value !== undefined).map(encodeJson)
  const types = [...new Set(values.map((value) => (value === null ? 'null' : typeof value)))]
  const type = types.length === 1 ? types[0] : undefined
  return values.length === 1 ? { type, const: values[0] } : { type, enum: values }
}

function tupleSchema(shape: TupleShape, convert: Convert): JsonSchema {
  return {
    type: 'array',
    prefixItems: shape.items.map((item) => convert(item.shape)),
    items: shape.rest === undefined ? false : convert(shape.rest),
    minItems: shape.items.filter((item) => !item.optional).length,
  }
}

function objectSchema(shape: ObjectShape, convert: Convert): JsonSchema {
  const required = shape.fields.filter((field) => !field.optional).map((field) => field.name)
  return {
    type: 'object',
    properties: Object.fromEntries(shape.fields.map((field) => [field.name, convert(field.shape)])),
    required: required.length > 0 ? required : undefined,
    additionalProperties: shape.unknownKeys === 'strict' ? false : shape.extra && convert(shape.extra),
  }
}

function recordSchema(shape: RecordShape, convert: Convert): JsonSchema {
  const keys = shape.key.kind === 'enum' || shape.key.kind === 'literal' ? shape.key.values.map(String) : undefined
  const isPlain = dropUndefined(convert(shape.key))
  return {
    type: 'object',
    // The names of properties are always texts, so a key that is a number is told by its own keyword no more.
    propertyNames: shape.key.kind === 'number' || Object.keys(isPlain).join() === 'type' ? undefined : isPlain,
    additionalProperties: convert(shape.value),
    required: shape.partial ? undefined : keys,
  }
}

function docsSchema(docs: Docs | undefined): JsonSchema {
  if (docs === undefined) return {}
  const { title, description, deprecated, examples } = docs
  return {
    title,
    description,
    deprecated: deprecated === undefined ? undefined : true,
    'x-deprecated': typeof deprecated === 'string' ? deprecated : undefined,
    examples: examples?.map(encodeJson),
  }
}

function dropUndefined(schema: JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined))
}
