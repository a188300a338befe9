import type { JsonSchema } from '../shape/jsonSchema.ts'

export type SchemasByName = Readonly<Record<string, JsonSchema>>

/** What a schema is, as far as it decides whether two can be compared part by part. */
export type NodeKind =
  | ('any' | 'never' | 'null' | 'boolean' | 'integer' | 'number' | 'string' | 'bigint' | 'date-time' | 'enum')
  | ('list' | 'set' | 'tuple' | 'object' | 'choice' | 'union' | 'intersection' | 'ref')

/** The kind of a schema of a contract. */
export function kindOf(schema: JsonSchema): NodeKind {
  if ('$ref' in schema) return 'ref'
  if ('oneOf' in schema) return 'choice'
  if ('anyOf' in schema) return 'union'
  if ('const' in schema || 'enum' in schema) return 'enum'
  if ('not' in schema) return 'never'
  switch (schema.type) {
    case 'string':
      if (schema.format === 'date-time') return 'date-time'
      return isDecimal(schema.pattern) ? 'bigint' : 'string'
    case 'array':
      if ('prefixItems' in schema) return 'tuple'
      return schema.uniqueItems === true ? 'set' : 'list'
    case 'null':
    case 'boolean':
    case 'integer':
    case 'number':
    case 'object':
      return schema.type
    default:
      return 'allOf' in schema ? 'intersection' : 'any'
  }
}

/** The patterns that bigints have on the wire. */
function isDecimal(pattern: unknown): boolean {
  return pattern === '^\\d+$' || pattern === '^-?\\d+$'
}

/** A part of a schema that is a schema itself. */
export function schemaIn(schema: JsonSchema, key: string): JsonSchema | undefined {
  return asSchema(schema[key])
}

/** A part of a schema that is a list of schemas. */
export function schemasIn(schema: JsonSchema, key: string): JsonSchema[] {
  const list: unknown = schema[key]
  return Array.isArray(list) ? list.map(asSchema).filter((item) => item !== undefined) : []
}

/** A part of a schema that holds schemas by name. */
export function namedIn(schema: JsonSchema, key: string): Map<string, JsonSchema> {
  const entries = Object.entries(schemaIn(schema, key) ?? {}).map(([name, item]) => [name, asSchema(item)] as const)
  return new Map(entries.flatMap(([name, item]) => (item === undefined ? [] : [[name, item] as const])))
}

function asSchema(value: unknown): JsonSchema | undefined {
  return isSchema(value) ? value : undefined
}

function isSchema(value: unknown): value is JsonSchema {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

/** The name that a `$ref` means. */
export function refName(schema: JsonSchema): string {
  return String(schema.$ref).replace(/^#\/shapes\//, '')
}

/** Follows refs; undefined where a name is not known or the refs go round. */
export function follow(schema: JsonSchema, shapes: SchemasByName): JsonSchema | undefined {
  let found: JsonSchema | undefined = schema
  for (let hops = 0; found !== undefined && '$ref' in found && hops < 100; hops++) {
    const name = refName(found)
    found = Object.hasOwn(shapes, name) ? shapes[name] : undefined
  }
  return found !== undefined && '$ref' in found ? undefined : found
}

/** The alternatives of a schema, without null, and whether null is one. */
export function alternativesOf(schema: JsonSchema): { nullable: boolean; members: JsonSchema[] } {
  if ('anyOf' in schema) {
    const parts = schemasIn(schema, 'anyOf').map(alternativesOf)
    return { nullable: parts.some(({ nullable }) => nullable), members: parts.flatMap(({ members }) => members) }
  }
  if (schema.type === 'null' || ('const' in schema && schema.const === null)) return { nullable: true, members: [] }
  if (!Array.isArray(schema.enum) || !schema.enum.includes(null)) return { nullable: false, members: [schema] }
  const { enum: _, type: __, ...rest } = schema
  return { nullable: true, members: [{ ...rest, enum: valuesOf(schema).filter((value) => value !== null) }] }
}

/** The values of an enum or a constant. */
export function valuesOf(schema: JsonSchema): unknown[] {
  if ('const' in schema) return [schema.const]
  return Array.isArray(schema.enum) ? schema.enum : []
}

/** A member of a choice with the values by which it is known. */
export interface Kind {
  readonly values: readonly string[]
  readonly schema: JsonSchema
}

export function discriminatorOf(schema: JsonSchema): string {
  const discriminator = schemaIn(schema, 'discriminator')
  return String(discriminator?.propertyName)
}

/** The members of a choice, those of choices inside it included. */
export function kindsOf(schema: JsonSchema, shapes: SchemasByName, open: readonly JsonSchema[] = []): Kind[] {
  const name = discriminatorOf(schema)
  return [...schemasIn(schema, 'oneOf'), ...schemasIn(schema, 'anyOf')].flatMap((member) => {
    const found = follow(member, shapes)
    if (found === undefined || open.includes(found)) return []
    if ('oneOf' in found || 'anyOf' in found) {
      const inner = { ...found, discriminator: { propertyName: name } }
      return kindsOf(inner, shapes, [...open, found])
    }
    const field = namedIn(found, 'properties').get(name)
    const values = field && follow(field, shapes)
    return [{ values: values === undefined ? [] : valuesOf(values).map(String), schema: member }]
  })
}
