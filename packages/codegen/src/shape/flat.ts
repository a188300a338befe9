import { encodeJson } from './encode.ts'
import {
  fieldsOf,
  isList,
  isObjectLike,
  itemsOf,
  type Leaf,
  leavesOf,
  readPlain,
  takesAnyName,
  takesText,
  unsafeNames,
  valuesBeyond,
} from './flatFields.ts'
import { acceptsUndefined, type Shape, type Shapes } from './shape.ts'

/** Parameters that are refused as a whole, or a value that has no flat form. */
export class FlatError extends Error {
  override readonly name = 'FlatError'
}

const maxParameters = 200
const maxDepth = 20

/**
 * The plain JSON input that flat parameters (`?limit=5&ids=a&ids=b&window.days=30`) stand for; `decodeJson` then reads
 * dates and bigints in it. Lists are parameters given several times, nested objects have dots; an empty value stands
 * for an empty list or object where one belongs, `null` for null except where a text belongs. What cannot be read stays
 * text, so that the schema reports it by name.
 * @throws FlatError for more than 200 parameters, and for a parameter that the shape has no place for
 */
export function decodeFlat(shape: Shape, parameters: URLSearchParams, shapes: Shapes): unknown {
  const texts = new Map<string, string[]>()
  let count = 0
  for (const [name, text] of parameters) {
    if (++count > maxParameters) throw new FlatError(`more than ${maxParameters} parameters`)
    if (name.split('.').some((step) => unsafeNames.has(step))) throw unknownParameter(name)
    texts.set(name, [...(texts.get(name) ?? []), text])
  }
  if (texts.size === 0 && acceptsUndefined(shape, shapes)) return undefined
  return readObject([shape], texts, { shapes, path: '', depth: 0 })
}

function unknownParameter(name: string): FlatError {
  return new FlatError(`an unknown parameter ${name.slice(0, 100)}`)
}

type Texts = Map<string, string[]>

interface Context {
  readonly shapes: Shapes
  /** What comes before the names of parameters, dot included. */
  readonly path: string
  readonly depth: number
}

function readObject(candidates: readonly Shape[], texts: Texts, context: Context): object {
  if (context.depth > maxDepth) throw new FlatError('parameters with too many dots')
  const leaves = leavesOf(candidates, context.shapes)
  const fields = fieldsOf(leaves)
  const beyond = leavesOf(valuesBeyond(leaves), context.shapes)
  const result = new Map<string, unknown>()
  const inside = new Map<string, Texts>()
  for (const [name, values] of texts) {
    const field = fields.get(name)
    const [outer, inner] = field === undefined ? splitName(name) : [name]
    if (field !== undefined) result.set(name, readValue(leavesOf(field.candidates, context.shapes), values, context))
    else if (inner !== undefined && leavesOf(fields.get(outer)?.candidates ?? [], context.shapes).some(isObjectLike)) {
      inside.set(outer, (inside.get(outer) ?? new Map<string, string[]>()).set(inner, values))
    } else if (!takesAnyName(leaves)) throw unknownParameter(context.path + name)
    else result.set(name, beyond.length > 0 ? readValue(beyond, values, context) : asGiven(values))
  }
  for (const [name, { candidates: inner, optional }] of fields) {
    const given = inside.get(name)
    if (result.has(name)) continue
    if (given !== undefined || (!optional && mayBeEmpty(inner, context.shapes))) {
      const place = { ...context, path: `${context.path}${name}.`, depth: context.depth + 1 }
      result.set(name, readObject(inner, given ?? new Map(), place))
    }
  }
  return Object.fromEntries(result)
}

function splitName(name: string): [string, string?] {
  const dot = name.indexOf('.')
  return dot < 0 ? [name] : [name.slice(0, dot), name.slice(dot + 1)]
}

/** Whether an object with no parameters at all can be meant. */
function mayBeEmpty(candidates: readonly Shape[], shapes: Shapes): boolean {
  const leaves = leavesOf(candidates, shapes)
  return (
    leaves.length > 0 && leaves.every(isObjectLike) && [...fieldsOf(leaves).values()].every(({ optional }) => optional)
  )
}

function readValue(leaves: readonly Leaf[], texts: readonly string[], { shapes }: Context): unknown {
  const lists = leaves.filter(isList)
  const itemsAt = (index: number) =>
    leavesOf(
      lists.flatMap((list) => itemsOf(list, index)),
      shapes,
    )
  const [text] = texts
  if (text === undefined || texts.length > 1) {
    return lists.length > 0 ? texts.map((each, index) => readScalar(itemsAt(index), each)) : asGiven(texts)
  }
  const items = itemsAt(0)
  if (takesText(leaves, text)) return text
  const read = readPlain(leaves, text)
  if (read !== undefined && !takesText(items, text)) return read
  if (text === '' && lists.length > 0) return []
  if (text === '' && leaves.some(isObjectLike)) return {}
  return lists.length > 0 ? [readScalar(items, text)] : text
}

function readScalar(leaves: readonly Leaf[], text: string): unknown {
  if (takesText(leaves, text)) return text
  const read = readPlain(leaves, text)
  return read === undefined ? text : read
}

function asGiven(texts: readonly string[]): unknown {
  return texts.length === 1 ? texts[0] : texts
}

/**
 * The flat parameters of an input object, the way back of `decodeFlat`.
 * @throws FlatError where a value has no flat form: lists of objects, a list of one empty text, anything but an object
 */
export function encodeFlat(value: unknown): URLSearchParams {
  const parameters = new URLSearchParams()
  if (value === undefined) return parameters
  const plain = encodeJson(value)
  if (!isRecord(plain)) throw new FlatError('only objects have a flat form')
  append(parameters, '', plain)
  return parameters
}

function append(parameters: URLSearchParams, prefix: string, value: Readonly<Record<string, unknown>>): void {
  for (const [key, item] of Object.entries(value)) {
    const name = prefix + key
    if (unsafeNames.has(key)) throw new FlatError(`${name} cannot be a parameter`)
    if (Array.isArray(item)) {
      const texts = item.map((each) => scalarText(name, each))
      if (texts.length === 1 && texts[0] === '')
        throw new FlatError(`${name}: a list of one empty text has no flat form`)
      for (const text of texts.length === 0 ? [''] : texts) parameters.append(name, text)
    } else if (!isRecord(item)) parameters.append(name, scalarText(name, item))
    else if (Object.keys(item).length === 0) parameters.append(name, '')
    else append(parameters, `${name}.`, item)
  }
}

function scalarText(name: string, value: unknown): string {
  if (value !== null && typeof value === 'object') throw new FlatError(`${name}: lists of objects have no flat form`)
  return Object.is(value, -0) ? '-0' : String(value)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
