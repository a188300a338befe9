/** What the readers of a shape should know besides its type. */
export interface Docs {
  readonly title?: string | undefined
  readonly description?: string | undefined
  readonly deprecated?: string | true | undefined
  readonly examples?: readonly unknown[] | undefined
}

interface Base {
  readonly docs?: Docs | undefined
  /** The value that stands in for a missing one; boxed, since any value may be a default. */
  readonly default?: { readonly value: unknown } | undefined
}

interface Bounds<Value> {
  readonly minimum?: Value | undefined
  readonly maximum?: Value | undefined
  readonly exclusiveMinimum?: Value | undefined
  readonly exclusiveMaximum?: Value | undefined
}

interface ItemBounds {
  readonly minItems?: number | undefined
  readonly maxItems?: number | undefined
}

interface Collection {
  readonly readonly?: boolean | undefined
}

export interface StringShape extends Base {
  readonly kind: 'string'
  readonly minLength?: number | undefined
  readonly maxLength?: number | undefined
  readonly format?: string | undefined
  readonly patterns?: readonly string[] | undefined
}

export interface NumberShape extends Base, Bounds<number> {
  readonly kind: 'number'
  readonly int?: boolean | undefined
  readonly multipleOf?: number | undefined
}

export interface BigintShape extends Base, Bounds<bigint> {
  readonly kind: 'bigint'
}

export interface DateShape extends Base, Bounds<Date> {
  readonly kind: 'date'
}

export interface PlainShape extends Base {
  readonly kind: 'boolean' | 'null' | 'undefined' | 'void' | 'never' | 'unknown'
}

export type LiteralValue = string | number | bigint | boolean | null | undefined

export interface LiteralShape extends Base {
  readonly kind: 'literal'
  readonly values: readonly LiteralValue[]
}

export interface EnumShape extends Base {
  readonly kind: 'enum'
  readonly values: readonly (string | number)[]
  /** Readers have to expect values that are not listed yet. */
  readonly open?: boolean | undefined
}

export interface TemplateLiteralShape extends Base {
  readonly kind: 'templateLiteral'
  readonly parts: readonly (string | Shape)[]
  readonly pattern: string
}

export interface ArrayShape extends Base, ItemBounds, Collection {
  readonly kind: 'array'
  readonly element: Shape
}

export interface TupleShape extends Base, Collection {
  readonly kind: 'tuple'
  readonly items: readonly { readonly shape: Shape; readonly optional: boolean }[]
  readonly rest?: Shape | undefined
}

export interface Field {
  readonly name: string
  /** Whether the key may be missing. */
  readonly optional: boolean
  /** Documentation and default of the field are those of its shape. */
  readonly shape: Shape
}

export interface ObjectShape extends Base, Collection {
  readonly kind: 'object'
  readonly fields: readonly Field[]
  /** Unknown keys are dropped (strip), refused (strict) or kept, with the shape `extra` if there is one (loose). */
  readonly unknownKeys: 'strip' | 'strict' | 'loose'
  readonly extra?: Shape | undefined
}

export interface RecordShape extends Base, Collection {
  readonly kind: 'record'
  readonly key: Shape
  readonly value: Shape
  readonly partial: boolean
}

export interface MapShape extends Base, ItemBounds, Collection {
  readonly kind: 'map'
  readonly key: Shape
  readonly value: Shape
}

export interface SetShape extends Base, ItemBounds, Collection {
  readonly kind: 'set'
  readonly element: Shape
}

export interface UnionShape extends Base {
  readonly kind: 'union'
  readonly members: readonly Shape[]
}

export interface DiscriminatedUnionShape extends Base {
  readonly kind: 'discriminatedUnion'
  readonly discriminator: string
  readonly members: readonly Shape[]
  /** Readers have to expect kinds that are not listed yet. */
  readonly open?: boolean | undefined
}

export interface IntersectionShape extends Base {
  readonly kind: 'intersection'
  readonly members: readonly Shape[]
}

export interface RefShape extends Base, Collection {
  readonly kind: 'ref'
  /** The name of the shape meant, a key of the map of named shapes. */
  name: string
}

/** A type as the wire carries it, free of zod: what types, JSON Schema and the decoding of plain JSON are made from. */
export type Shape =
  | StringShape
  | NumberShape
  | BigintShape
  | DateShape
  | PlainShape
  | LiteralShape
  | EnumShape
  | TemplateLiteralShape
  | ArrayShape
  | TupleShape
  | ObjectShape
  | RecordShape
  | MapShape
  | SetShape
  | UnionShape
  | DiscriminatedUnionShape
  | IntersectionShape
  | RefShape

/** The named shapes by name. */
export type Shapes = ReadonlyMap<string, Shape>

/** Which side of a schema is meant: what it accepts or what it gives. */
export type Direction = 'input' | 'output'

/** The shapes directly inside a shape. */
export function childrenOf(shape: Shape): readonly Shape[] {
  switch (shape.kind) {
    case 'array':
    case 'set':
      return [shape.element]
    case 'tuple':
      return [...shape.items.map((item) => item.shape), ...(shape.rest ? [shape.rest] : [])]
    case 'object':
      return [...shape.fields.map((field) => field.shape), ...(shape.extra ? [shape.extra] : [])]
    case 'record':
    case 'map':
      return [shape.key, shape.value]
    case 'union':
    case 'discriminatedUnion':
    case 'intersection':
      return shape.members
    case 'templateLiteral':
      return shape.parts.filter((part) => typeof part !== 'string')
    default:
      return []
  }
}

/** Calls `visit` for a shape and everything in it, without following refs. */
export function visitShapes(shape: Shape, visit: (shape: Shape) => void): void {
  visit(shape)
  for (const child of childrenOf(shape)) visitShapes(child, visit)
}

/** Follows refs to the shape that they mean; undefined where a name is not known. */
export function resolve(shape: Shape, shapes: Shapes): Exclude<Shape, RefShape> | undefined {
  let found: Shape | undefined = shape
  for (let hops = 0; found?.kind === 'ref' && hops < 100; hops++) found = shapes.get(found.name)
  return found?.kind === 'ref' ? undefined : found
}

/** Whether `undefined` is one of the values of a shape. */
export function acceptsUndefined(shape: Shape, shapes: Shapes): boolean {
  const found = resolve(shape, shapes)
  if (found === undefined || found.kind === 'unknown' || found.kind === 'undefined' || found.kind === 'void')
    return true
  if (found.kind === 'literal') return found.values.includes(undefined)
  return found.kind === 'union' && found.members.some((member) => acceptsUndefined(member, shapes))
}

/** The values, as text, by which a member of a discriminated union is known. */
export function discriminatorValues(member: Shape, discriminator: string, shapes: Shapes): string[] {
  const found = resolve(member, shapes)
  if (found?.kind === 'union' || found?.kind === 'discriminatedUnion' || found?.kind === 'intersection') {
    return found.members.flatMap((inner) => discriminatorValues(inner, discriminator, shapes))
  }
  if (found?.kind !== 'object') return []
  const field = found.fields.find(({ name }) => name === discriminator)
  const value = field && resolve(field.shape, shapes)
  return value?.kind === 'literal' || value?.kind === 'enum' ? value.values.map(String) : []
}
