import { type JsonSchema, toJsonSchema } from '../shape/jsonSchema.ts'
import { type DiscriminatedUnionShape, discriminatorValues, type Shape, type Shapes } from '../shape/shape.ts'

/** The JSON Schema of a shape inside an OpenAPI document. */
export function schemaOf(shape: Shape, shapes: Shapes): JsonSchema {
  return toJsonSchema(shape, { refPrefix: '#/components/schemas/', openEnums: 'loose', mapping: shapes })
}

/**
 * The component schemas of the named shapes. Members of named discriminated unions get names of their own (`EventSent`),
 * since a discriminator maps to named schemas only; `shapes` has those too.
 */
export function componentSchemas(named: Shapes): { shapes: Shapes; schemas: Record<string, JsonSchema> } {
  const shapes = new Map(named)
  for (const [name, shape] of named) {
    if (name.includes('$')) throw new Error(`the shape name "${name}" cannot be the name of an OpenAPI component`)
    if (shape.kind === 'discriminatedUnion') shapes.set(name, withNamedMembers(name, shape, shapes))
  }
  const sorted = [...shapes].sort(([a], [b]) => (a < b ? -1 : 1))
  return { shapes, schemas: Object.fromEntries(sorted.map(([name, shape]) => [name, schemaOf(shape, shapes)])) }
}

function withNamedMembers(union: string, shape: DiscriminatedUnionShape, shapes: Map<string, Shape>): Shape {
  const members = shape.members.map((member): Shape => {
    if (member.kind !== 'object') return member
    const [value = ''] = discriminatorValues(member, shape.discriminator, shapes)
    const name = freeName(union + pascalCase(value), shapes)
    shapes.set(name, member)
    return { kind: 'ref', name }
  })
  return { ...shape, members }
}

/** A name that no shape has yet. */
export function freeName(wanted: string, shapes: Shapes): string {
  let name = wanted
  for (let count = 2; shapes.has(name); count++) name = `${wanted}${count}`
  return name
}

function pascalCase(text: string): string {
  const words = text.split(/[^A-Za-z0-9]+/).filter((word) => word !== '')
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

/** The schema of a refusal: a problem of RFC 9457 with the members that this kind of server adds. */
export const problemSchema: JsonSchema = {
  type: 'object',
  description: 'Why a call failed, as problem details (RFC 9457).',
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'Always `about:blank`: `code` says what happened.' },
    title: { type: 'string', description: 'What the code means.' },
    status: { type: 'integer', description: 'The HTTP status.' },
    detail: { type: 'string', description: 'What went wrong in this call.' },
    code: { type: 'string', description: 'The error code, to decide by.' },
    fields: {
      type: 'array',
      description: 'Where the input does not fit.',
      items: {
        type: 'object',
        properties: {
          path: { type: 'string', description: 'The field, with dots where it is inside others.' },
          message: { type: 'string' },
        },
        required: ['path', 'message'],
      },
    },
    requestId: { type: 'string', description: 'The id of this request in the logs of the server.' },
    retryAfterMs: { type: 'integer', minimum: 0, description: 'When it makes sense to try again.' },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
}
