import { fingerprint } from './optional.ts'
import {
  acceptsUndefined,
  type LiteralValue,
  type ObjectShape,
  type RecordShape,
  type RefShape,
  resolve,
  type Shape,
  type Shapes,
} from './shape.ts'

type Compound = { kind: 'union' | 'discriminatedUnion' | 'intersection' }

/** A shape that is neither a reference nor made of alternatives. */
export type Leaf = Exclude<Shape, RefShape | Compound>

/** What may stand at one place of flat parameters: all alternatives of all unions there. */
export function leavesOf(candidates: readonly Shape[], shapes: Shapes): Leaf[] {
  const leaves: Leaf[] = []
  const seen = new Set<Shape>()
  const add = (shape: Shape): void => {
    const found = resolve(shape, shapes)
    if (found === undefined || seen.has(found)) return
    seen.add(found)
    if (found.kind === 'union' || found.kind === 'discriminatedUnion' || found.kind === 'intersection') {
      found.members.forEach(add)
    } else leaves.push(found)
  }
  candidates.forEach(add)
  return leaves
}

/** A field of the objects that may stand at one place. */
export interface FlatField {
  readonly candidates: readonly Shape[]
  /** Whether it may be missing in one of these objects at least. */
  readonly optional: boolean
}

/** The fields of all objects among the alternatives, by name. */
export function fieldsOf(leaves: readonly Leaf[]): Map<string, FlatField> {
  const objects = leaves.filter((leaf): leaf is ObjectShape => leaf.kind === 'object')
  const found = new Map<string, Shape[]>()
  const required = new Map<string, number>()
  for (const { name, optional, shape } of objects.flatMap((object) => object.fields)) {
    found.set(name, [...(found.get(name) ?? []), shape])
    if (!optional) required.set(name, (required.get(name) ?? 0) + 1)
  }
  return new Map(
    [...found].map(([name, candidates]) => [name, { candidates, optional: required.get(name) !== objects.length }]),
  )
}

/** The shapes of values under names that are no fields: those of records, and of objects that take any key. */
export function valuesBeyond(leaves: readonly Leaf[]): Shape[] {
  return leaves.flatMap((leaf) => {
    if (leaf.kind === 'record') return [leaf.value]
    return leaf.kind === 'object' && leaf.extra !== undefined ? [leaf.extra] : []
  })
}

/** Whether there is a place for values under names that are no fields. */
export function takesAnyName(leaves: readonly Leaf[]): boolean {
  return leaves.some((leaf) =>
    leaf.kind === 'object' ? leaf.unknownKeys === 'loose' : leaf.kind === 'record' || leaf.kind === 'unknown',
  )
}

/** Names that reach for a prototype. */
export const unsafeNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/**
 * Whether values of a shape can be flat parameters and come back equal. They can be where the shape is an object (or a
 * union or a record of such) whose fields are scalars, lists of scalars or again such objects. They cannot be where it
 * is a scalar or a list as a whole, a map, recursive, a list of objects or lists, of any type (`unknown`), a record of
 * objects, or where one text could mean two values: a required string that may be null, a string or a number, one item
 * or a list of them.
 */
export function isFlat(shape: Shape, shapes: Shapes): boolean {
  const leaves = leavesOf([shape], shapes).filter((leaf) => leaf.kind !== 'undefined' && leaf.kind !== 'void')
  return leaves.every(isObjectLike) && areObjectsFlat(leaves, shapes, [])
}

function areObjectsFlat(leaves: readonly Leaf[], shapes: Shapes, open: readonly Leaf[]): boolean {
  if (leaves.some((leaf) => open.includes(leaf))) return false
  const inner = [...open, ...leaves]
  const fields = [...fieldsOf(leaves)]
  if (fields.some(([name]) => name.includes('.') || unsafeNames.has(name))) return false
  const beyond = leavesOf(valuesBeyond(leaves), shapes)
  if (beyond.some(isObjectLike) || (beyond.length > 0 && !isFieldFlat(beyond, false, shapes, inner))) return false
  return fields.every(([, field]) => isFieldFlat(leavesOf(field.candidates, shapes), field.optional, shapes, inner))
}

function isFieldFlat(leaves: readonly Leaf[], optional: boolean, shapes: Shapes, open: readonly Leaf[]): boolean {
  const given = leaves.filter((leaf) => leaf.kind !== 'undefined' && leaf.kind !== 'void')
  if (given.some((leaf) => leaf.kind === 'map' || leaf.kind === 'unknown')) return false
  const solid = given.filter((leaf) => leaf.kind !== 'null')
  if (solid.length > 0 && solid.every(isObjectLike)) return areObjectsFlat(solid, shapes, open)
  if (solid.some(isObjectLike)) return false
  if (!solid.some(isList)) return areScalarsFlat(given, optional)
  const [list] = solid
  if (list === undefined || solid.length > 1) return false
  const isNullable = solid.length < given.length
  return placesOf(list).every((place) => {
    const items = leavesOf(place, shapes)
    if (items.some((item) => !isScalar(item)) || !areScalarsFlat(items, false)) return false
    // The text `null` alone must not mean both no list and an item of it.
    return !isNullable || (readPlain(items, 'null') !== null && (optional || !takesText(items, 'null')))
  })
}

/** What may stand at each place of a list. */
function placesOf(list: Leaf): Shape[][] {
  if (list.kind !== 'tuple') return [itemsOf(list, 0)]
  return [...list.items.map((_, index) => itemsOf(list, index)), itemsOf(list, list.items.length)]
}

/** Whether a text can mean one of the values only. A null that may be left out instead does not count. */
function areScalarsFlat(leaves: readonly Leaf[], nullMayBeMissing: boolean): boolean {
  const others = leaves.filter((leaf) => leaf.kind !== 'null' || !nullMayBeMissing)
  const samples = new Set<string>()
  for (const leaf of others) {
    if (leaf.kind === 'null') samples.add('null')
    if (leaf.kind === 'boolean') samples.add('true').add('false')
    if (leaf.kind === 'number') samples.add('1').add('0.5')
    for (const value of valuesOf(leaf)) if (typeof value !== 'string') samples.add(String(value))
  }
  const texts = others.flatMap(valuesOf).filter((value) => typeof value === 'string')
  const isAmbiguous = [...samples].some((sample) => takesText(others, sample))
  const readsText = texts.some((text) => readPlain(others, text) !== undefined)
  const mixesNumbers = ['number', 'bigint'].every((kind) => others.some((leaf) => leaf.kind === kind))
  return !isAmbiguous && !readsText && !mixesNumbers
}

export function isObjectLike(leaf: Leaf): leaf is ObjectShape | RecordShape {
  return leaf.kind === 'object' || leaf.kind === 'record'
}

export function isList(leaf: Leaf): boolean {
  return leaf.kind === 'array' || leaf.kind === 'set' || leaf.kind === 'tuple'
}

const scalars: ReadonlySet<Leaf['kind']> = new Set<Leaf['kind']>([
  ...(['string', 'number', 'bigint', 'date', 'boolean', 'null', 'literal', 'enum', 'templateLiteral'] as const),
])

function isScalar(leaf: Leaf): boolean {
  return scalars.has(leaf.kind)
}

/** The shape that a list has at an index, if any. */
export function itemsOf(leaf: Leaf, index: number): Shape[] {
  if (leaf.kind === 'array' || leaf.kind === 'set') return [leaf.element]
  const item = leaf.kind === 'tuple' ? (leaf.items[index]?.shape ?? leaf.rest) : undefined
  return item === undefined ? [] : [item]
}

function valuesOf(leaf: Leaf): readonly LiteralValue[] {
  return leaf.kind === 'literal' || leaf.kind === 'enum' ? leaf.values : []
}

/** Whether one of the alternatives takes a text as it is. */
export function takesText(leaves: readonly Leaf[], text: string): boolean {
  return leaves.some((leaf) => {
    if (leaf.kind === 'templateLiteral') return new RegExp(leaf.pattern).test(text)
    return leaf.kind === 'string' || leaf.kind === 'unknown' || valuesOf(leaf).includes(text)
  })
}

const numeric = /^-?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,3})?$/

/** What a text means besides itself; undefined where it is no number, boolean or null of the alternatives. */
export function readPlain(leaves: readonly Leaf[], text: string): number | boolean | null | undefined {
  const takes = (kind: Leaf['kind'], value: LiteralValue) =>
    leaves.some((leaf) => leaf.kind === kind || valuesOf(leaf).includes(value))
  if (text === 'null') return takes('null', null) ? null : undefined
  if (text === 'true' || text === 'false') return takes('boolean', text === 'true') ? text === 'true' : undefined
  if (!numeric.test(text)) return undefined
  return takes('number', Number(text)) ? Number(text) : undefined
}

/** One parameter of the flat form of a shape. */
export interface FlatParameter {
  /** With dots where it is inside objects. */
  readonly name: string
  readonly required: boolean
  readonly shape: Shape
}

/** The flat parameters of a shape; undefined where it is not flat or has names that cannot be listed (records). */
export function flatParameters(shape: Shape, shapes: Shapes): FlatParameter[] | undefined {
  if (!isFlat(shape, shapes)) return undefined
  const parameters: FlatParameter[] = []
  const complete = addParameters([shape], '', !acceptsUndefined(shape, shapes), { shapes, parameters })
  return complete ? parameters : undefined
}

interface Listing {
  readonly shapes: Shapes
  readonly parameters: FlatParameter[]
}

function addParameters(candidates: readonly Shape[], prefix: string, required: boolean, listing: Listing): boolean {
  const leaves = leavesOf(candidates, listing.shapes)
  if (valuesBeyond(leaves).length > 0) return false
  return [...fieldsOf(leaves)].every(([name, field]) => {
    const isRequired = required && !field.optional
    const inner = leavesOf(field.candidates, listing.shapes)
    if (inner.some(isObjectLike)) return addParameters(field.candidates, `${prefix}${name}.`, isRequired, listing)
    listing.parameters.push({ name: prefix + name, required: isRequired, shape: oneOf(field.candidates) })
    return true
  })
}

function oneOf(candidates: readonly Shape[]): Shape {
  const distinct = [...new Map(candidates.map((shape) => [fingerprint(shape), shape])).values()]
  const [first] = distinct
  if (first !== undefined && distinct.length === 1) return first
  const values = distinct.flatMap((shape) => (shape.kind === 'literal' || shape.kind === 'enum' ? [shape.values] : []))
  if (values.length === distinct.length) return { kind: 'literal', values: values.flat(), docs: first?.docs }
  return { kind: 'union', members: distinct, docs: first?.docs }
}
