import type {
  $ZodDiscriminatedUnionDef,
  $ZodObjectDef,
  $ZodTemplateLiteralDef,
  $ZodTupleDef,
  $ZodType,
} from 'zod/v4/core'
import { docsOf, idOf, metaOf, namedOriginal, withDocs, withStatedConstraints } from './meta.ts'
import { type NamedShape, nameShapes, type Root } from './names.ts'
import { defOf, docsBeyond, isTransform, mayBeMissing, unite, withDefault } from './optional.ts'
import { bigintShape, dateShape, enumValues, itemBounds, literalShape, numberShape, stringShape } from './scalars.ts'
import type { Direction, Field, ObjectShape, RefShape, Shape, TemplateLiteralShape, TupleShape } from './shape.ts'

/** A schema that cannot be described, with the place where it stands, as `messages.send input.files[].data`. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
  readonly place: string

  constructor(place: string, problem: string) {
    super(`${place}: ${problem}`)
    this.place = place
  }
}

/** Turns zod 4 schemas into shapes, and gathers the named ones. */
export interface Walker {
  /** The shape of a schema. Refs get their final names by `finish`. */
  walk(schema: $ZodType, io: Direction, place: string): Shape
  /** The named shapes of all schemas walked. A name whose input and output differ becomes `X` and `XInput`. */
  finish(): Map<string, Shape>
}

/** A new walker; all schemas that share named shapes go through the same one. */
export function createWalker(): Walker {
  const named: NamedShape[] = []
  const roots: Root[] = []
  const context: Context = { named, open: [] }
  return {
    walk(schema, io, place) {
      context.open.length = 0
      const shape = walk(schema, { io, place, context })
      roots.push({ shape, io })
      return shape
    },
    finish: () => nameShapes(named, roots, (place, problem) => new ShapeError(place, problem)),
  }
}

interface Context {
  readonly named: NamedShape[]
  /** The anonymous schemas being walked: one that turns up inside itself would never end. */
  readonly open: $ZodType[]
}

interface At {
  readonly io: Direction
  readonly place: string
  readonly context: Context
}

function inside(at: At, step: string): At {
  return { ...at, place: at.place + step }
}

function walk(schema: $ZodType, at: At): Shape {
  const id = idOf(schema)
  if (id !== undefined) return walkNamed(schema, id, at)
  const original = namedOriginal(schema)
  if (original !== undefined) {
    return withDocs(walk(original, at), docsBeyond(docsOf(metaOf(schema)), docsOf(metaOf(original))))
  }
  const { open } = at.context
  if (open.includes(schema))
    throw new ShapeError(at.place, 'a recursive schema needs a name: add .meta({ id: "Name" })')
  open.push(schema)
  const shape = walkContent(schema, at)
  open.pop()
  return shape
}

function walkNamed(schema: $ZodType, id: string, at: At): RefShape {
  if (!/^[A-Za-z_$][\w$]*$/.test(id)) throw new ShapeError(at.place, `the name "${id}" cannot be the name of a type`)
  const { named } = at.context
  if (!named.some((entry) => entry.schema === schema && entry.io === at.io)) {
    const entry: NamedShape = { id, io: at.io, schema, place: at.place, shape: { kind: 'unknown' } }
    named.push(entry)
    entry.shape = walkContent(schema, at)
  }
  return { kind: 'ref', name: id }
}

function walkContent(schema: $ZodType, at: At): Shape {
  const meta = metaOf(schema)
  const shape = withStatedConstraints(walkKind(schema, at), meta)
  return withDocs(meta.open === true ? opened(shape, at) : shape, docsOf(meta))
}

function walkKind(schema: $ZodType, at: At): Shape {
  const def = defOf(schema)
  switch (def.type) {
    case 'string':
      return stringShape(schema)
    case 'number':
      return numberShape(schema)
    case 'bigint':
      return bigintShape(schema)
    case 'date':
      return dateShape(schema)
    case 'boolean':
    case 'null':
    case 'undefined':
    case 'void':
    case 'never':
    case 'unknown':
      return { kind: def.type }
    case 'any':
      return { kind: 'unknown' }
    case 'success':
      return { kind: 'boolean' }
    case 'enum':
      return { kind: 'enum', values: enumValues(def.entries) }
    case 'literal':
      return literalShape({ ...def, values: def.values.filter((value) => typeof value !== 'symbol') })
    case 'template_literal':
      return templateLiteral(def, schema, at)
    default:
      return walkContainer(schema, at)
  }
}

function walkContainer(schema: $ZodType, at: At): Shape {
  const def = defOf(schema)
  switch (def.type) {
    case 'array':
      return { kind: 'array', element: walk(def.element, inside(at, '[]')), ...itemBounds(schema) }
    case 'set':
      return { kind: 'set', element: walk(def.valueType, inside(at, '[]')), ...itemBounds(schema) }
    case 'tuple':
      return tuple(def, at)
    case 'object':
      return object(def, at)
    case 'record': {
      const partial = def.partial === true || (at.io === 'input' && mayBeMissing(def.valueType, 'input'))
      const key = walk(def.keyType, inside(at, '{key}'))
      return { kind: 'record', key, value: walk(def.valueType, inside(at, '{}')), partial }
    }
    case 'map': {
      const key = walk(def.keyType, inside(at, '{key}'))
      return { kind: 'map', key, value: walk(def.valueType, inside(at, '{}')), ...itemBounds(schema) }
    }
    case 'union':
      return union(def, at)
    case 'intersection':
      return { kind: 'intersection', members: [walk(def.left, at), walk(def.right, at)] }
    default:
      return walkWrapper(schema, at)
  }
}

function walkWrapper(schema: $ZodType, at: At): Shape {
  const def = defOf(schema)
  switch (def.type) {
    case 'optional': {
      const inner = walk(def.innerType, at)
      return schema._zod.traits.has('$ZodExactOptional') ? inner : unite(inner, { kind: 'undefined' })
    }
    case 'nullable':
      return unite(walk(def.innerType, at), { kind: 'null' })
    case 'default':
    case 'prefault': {
      const inner = walk(def.innerType, at)
      if (at.io === 'output') return def.type === 'default' ? withoutUndefined(inner) : inner
      return withDefault(unite(inner, { kind: 'undefined' }), () => def.defaultValue)
    }
    case 'nonoptional':
      return withoutUndefined(walk(def.innerType, at))
    case 'catch':
      return walk(def.innerType, at)
    case 'readonly':
      return asReadonly(walk(def.innerType, at))
    case 'lazy':
      return walk(def.getter(), at)
    case 'pipe':
      return walk(at.io === 'output' || isTransform(def.in) ? def.out : def.in, at)
    default:
      throw new ShapeError(
        at.place,
        unsupported[def.type] ?? `a schema of the kind "${def.type}" has no form on the wire`,
      )
  }
}

const unsupported: Readonly<Record<string, string>> = {
  transform: 'the result of a transform is not known; end it with .pipe(schema), or use z.codec()',
  custom: 'z.custom() and z.instanceof() say nothing of their type; use a schema that does',
}

function object(def: $ZodObjectDef, at: At): ObjectShape {
  const fields: Field[] = Object.entries(def.shape).map(([name, schema]) => ({
    name,
    optional: mayBeMissing(schema, at.io),
    shape: walk(schema, inside(at, `.${name}`)),
  }))
  if (def.catchall === undefined) return { kind: 'object', fields, unknownKeys: 'strip' }
  const extra = walk(def.catchall, inside(at, '{}'))
  if (extra.kind === 'never') return { kind: 'object', fields, unknownKeys: 'strict' }
  return { kind: 'object', fields, unknownKeys: 'loose', extra: extra.kind === 'unknown' ? undefined : extra }
}

function tuple(def: $ZodTupleDef, at: At): TupleShape {
  // A type may leave out items only at the end, so an optional item before a required one is a plain item.
  let optional = true
  const items = def.items.map((schema, index) => ({ schema, index })).reverse()
  const walked = items.map(({ schema, index }) => {
    optional &&= mayBeMissing(schema, at.io)
    return { shape: walk(schema, inside(at, `[${index}]`)), optional }
  })
  return { kind: 'tuple', items: walked.reverse(), rest: def.rest ? walk(def.rest, inside(at, '[]')) : undefined }
}

function union(def: { readonly options: readonly $ZodType[] } | $ZodDiscriminatedUnionDef, at: At): Shape {
  const members = def.options.map((option, index) => walk(option, inside(at, `(option ${index + 1})`)))
  if ('discriminator' in def) return { kind: 'discriminatedUnion', discriminator: def.discriminator, members }
  return { kind: 'union', members }
}

function templateLiteral(def: $ZodTemplateLiteralDef, schema: $ZodType, at: At): TemplateLiteralShape {
  const parts = def.parts.map((part) => {
    if (typeof part === 'object' && part !== null) return walk(part, at)
    return part === undefined ? '' : String(part)
  })
  return { kind: 'templateLiteral', parts, pattern: schema._zod.pattern?.source ?? '' }
}

function withoutUndefined(shape: Shape): Shape {
  if (shape.kind !== 'union') return shape
  const members = shape.members.filter((member) => member.kind !== 'undefined')
  const [only] = members
  if (only === undefined || members.length > 1) return { ...shape, members }
  return withDocs(only, shape.docs)
}

/** What is given may grow by values that old readers do not know; what is accepted is known always. */
function opened(shape: Shape, at: At): Shape {
  switch (shape.kind) {
    case 'enum':
    case 'discriminatedUnion':
      return at.io === 'output' ? { ...shape, open: true } : shape
    case 'union':
      return {
        ...shape,
        members: shape.members.map((member) =>
          member.kind === 'null' || member.kind === 'undefined' ? member : opened(member, at),
        ),
      }
    default:
      throw new ShapeError(at.place, '.meta({ open: true }) is for enums and discriminated unions')
  }
}

function asReadonly(shape: Shape): Shape {
  switch (shape.kind) {
    case 'array':
    case 'tuple':
    case 'object':
    case 'record':
    case 'map':
    case 'set':
    case 'ref':
      return { ...shape, readonly: true }
    case 'union':
      return { ...shape, members: shape.members.map(asReadonly) }
    default:
      return shape
  }
}
