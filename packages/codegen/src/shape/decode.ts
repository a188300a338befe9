import type {
  DiscriminatedUnionShape,
  LiteralShape,
  ObjectShape,
  RecordShape,
  Shape,
  Shapes,
  TupleShape,
} from './shape.ts'
import { resolve } from './shape.ts'

/**
 * Plain JSON as the zod schema of a shape expects it: ISO 8601 strings become dates, decimal strings and whole numbers
 * bigints, arrays sets and arrays of pairs maps, where the shape says so. Everything else, bad values included, stays
 * as it is, so that zod is the one to report it. Of a union the first member that fits is taken.
 */
export function decodeJson(shape: Shape, value: unknown, shapes: Shapes): unknown {
  return decode(shape, value, { shapes, seen: new Map() }).value
}

interface Decoded {
  readonly value: unknown
  /** Whether the value has the type of the shape; lengths and bounds do not count. */
  readonly fits: boolean
}

interface Context {
  readonly shapes: Shapes
  /** Objects already tried against the members of a union: without it, nested unions would take exponential time. */
  readonly seen: Map<Shape, WeakMap<object, Decoded>>
}

function decode(shape: Shape, value: unknown, context: Context): Decoded {
  switch (shape.kind) {
    case 'ref': {
      const target = resolve(shape, context.shapes)
      return target === undefined ? { value, fits: true } : decode(target, value, context)
    }
    case 'unknown':
      return { value, fits: true }
    case 'date':
      return decodeDate(value)
    case 'bigint':
      return decodeBigint(value)
    case 'literal':
      return decodeLiteral(shape, value)
    case 'enum':
      return { value, fits: shape.values.some((item) => item === value) }
    case 'templateLiteral':
      return { value, fits: typeof value === 'string' }
    case 'string':
    case 'number':
    case 'boolean':
      return { value, fits: typeof value === shape.kind }
    case 'null':
      return { value, fits: value === null }
    case 'undefined':
    case 'void':
      return { value, fits: value === undefined }
    case 'never':
      return { value, fits: false }
    default:
      return decodeContainer(shape, value, context)
  }
}

function decodeContainer(shape: Shape, value: unknown, context: Context): Decoded {
  switch (shape.kind) {
    case 'array':
      return Array.isArray(value) ? decodeItems(value, () => shape.element, context) : { value, fits: false }
    case 'tuple':
      return decodeTuple(shape, value, context)
    case 'set': {
      if (!Array.isArray(value)) return { value, fits: value instanceof Set }
      const items = decodeItems(value, () => shape.element, context)
      return { value: new Set(Array.isArray(items.value) ? items.value : []), fits: items.fits }
    }
    case 'map': {
      if (!Array.isArray(value) || !value.every(isPair)) return { value, fits: value instanceof Map }
      const pairs = value.map(
        ([key, item]) => [decode(shape.key, key, context), decode(shape.value, item, context)] as const,
      )
      const fits = pairs.every(([key, item]) => key.fits && item.fits)
      return { value: new Map(pairs.map(([key, item]) => [key.value, item.value])), fits }
    }
    case 'object':
      return isObject(value) ? decodeObject(shape, value, context) : { value, fits: false }
    case 'record':
      return isObject(value) ? decodeRecord(shape, value, context) : { value, fits: false }
    case 'union':
      return decodeUnion(shape.members, value, context)
    case 'discriminatedUnion':
      return decodeUnion(chooseMembers(shape, value, context.shapes), value, context)
    case 'intersection':
      return shape.members.reduce<Decoded>(
        (before, member) => {
          const after = decode(member, before.value, context)
          return { value: after.value, fits: before.fits && after.fits }
        },
        { value, fits: true },
      )
    default:
      return { value, fits: true }
  }
}

// A time needs its zone, since without one the same text means another instant on another machine.
const isoDate = /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/

function decodeDate(value: unknown): Decoded {
  if (typeof value !== 'string') return { value, fits: value instanceof Date }
  const [, year, month, day] = isoDate.exec(value) ?? []
  const date = new Date(year === undefined ? Number.NaN : value)
  // 30 February would be taken for 2 March.
  const lastDay = new Date(Date.UTC(2000 + (Number(year) % 400), Number(month), 0)).getUTCDate()
  if (Number.isNaN(date.getTime()) || Number(day) > lastDay) return { value, fits: false }
  return { value: date, fits: true }
}

// More digits than any amount has, and few enough that the conversion costs nothing.
const decimal = /^-?\d{1,400}$/

function decodeBigint(value: unknown): Decoded {
  if (typeof value === 'string' && decimal.test(value)) return { value: BigInt(value), fits: true }
  if (Number.isSafeInteger(value)) return { value: BigInt(Number(value)), fits: true }
  return { value, fits: typeof value === 'bigint' }
}

function decodeLiteral(shape: LiteralShape, value: unknown): Decoded {
  if (shape.values.some((item) => item === value)) return { value, fits: true }
  const decoded = decodeBigint(value)
  return shape.values.some((item) => typeof item === 'bigint' && item === decoded.value)
    ? decoded
    : { value, fits: false }
}

function decodeItems(
  items: readonly unknown[],
  shapeAt: (index: number) => Shape | undefined,
  context: Context,
): Decoded {
  let fits = true
  const value = items.map((item, index) => {
    const shape = shapeAt(index)
    const decoded = shape === undefined ? { value: item, fits: false } : decode(shape, item, context)
    fits &&= decoded.fits
    return decoded.value
  })
  return { value, fits }
}

function decodeTuple(shape: TupleShape, value: unknown, context: Context): Decoded {
  if (!Array.isArray(value)) return { value, fits: false }
  const decoded = decodeItems(value, (index) => shape.items[index]?.shape ?? shape.rest, context)
  const complete = shape.items.every((item, index) => item.optional || index < value.length)
  return { value: decoded.value, fits: decoded.fits && complete }
}

function decodeObject(shape: ObjectShape, value: object, context: Context): Decoded {
  const copy: Record<string, unknown> = { ...value }
  let fits = true
  const known = new Set<string>()
  for (const field of shape.fields) {
    known.add(field.name)
    if (!Object.hasOwn(copy, field.name)) {
      fits &&= field.optional
      continue
    }
    const before = copy[field.name]
    const decoded = decode(field.shape, before, context)
    fits &&= decoded.fits
    if (decoded.value !== before) copy[field.name] = decoded.value
  }
  if (shape.unknownKeys === 'strip') return { value: copy, fits }
  for (const key of Object.keys(copy)) {
    if (known.has(key)) continue
    if (shape.unknownKeys === 'strict') return { value: copy, fits: false }
    if (shape.extra !== undefined) fits = decodeKey(copy, key, shape.extra, context) && fits
  }
  return { value: copy, fits }
}

function decodeRecord(shape: RecordShape, value: object, context: Context): Decoded {
  const copy: Record<string, unknown> = { ...value }
  let fits = true
  for (const key of Object.keys(copy)) fits = decodeKey(copy, key, shape.value, context) && fits
  return { value: copy, fits }
}

function decodeKey(copy: Record<string, unknown>, key: string, shape: Shape, context: Context): boolean {
  const before = copy[key]
  const decoded = decode(shape, before, context)
  // Assigning to __proto__ would set the prototype; such a key stays as it came.
  if (decoded.value !== before && key !== '__proto__') copy[key] = decoded.value
  return decoded.fits
}

function decodeUnion(members: readonly Shape[], value: unknown, context: Context): Decoded {
  for (const member of members) {
    const decoded = decodeOnce(member, value, context)
    if (decoded.fits) return decoded
  }
  // Of a single candidate, zod should see what could be decoded, so that its complaint names only what is wrong.
  const candidates = members.filter((member) => member.kind !== 'undefined' && member.kind !== 'null')
  const [only] = candidates
  return only !== undefined && candidates.length === 1
    ? { value: decodeOnce(only, value, context).value, fits: false }
    : { value, fits: false }
}

function decodeOnce(shape: Shape, value: unknown, context: Context): Decoded {
  if (value === null || typeof value !== 'object') return decode(shape, value, context)
  const seen = context.seen.get(shape) ?? new WeakMap<object, Decoded>()
  context.seen.set(shape, seen)
  const known = seen.get(value)
  if (known !== undefined) return known
  const decoded = decode(shape, value, context)
  seen.set(value, decoded)
  return decoded
}

/** The members whose discriminator is that of the value. */
function chooseMembers(shape: DiscriminatedUnionShape, value: unknown, shapes: Shapes): Shape[] {
  const given: unknown = isObject(value) ? Reflect.get(value, shape.discriminator) : undefined
  return shape.members.filter((member) => claims(member, shape.discriminator, given, shapes))
}

function claims(member: Shape, discriminator: string, given: unknown, shapes: Shapes): boolean {
  const found = resolve(member, shapes)
  if (found?.kind === 'union' || found?.kind === 'discriminatedUnion' || found?.kind === 'intersection') {
    return found.members.some((inner) => claims(inner, discriminator, given, shapes))
  }
  if (found?.kind !== 'object') return false
  const field = found.fields.find((candidate) => candidate.name === discriminator)
  return field !== undefined && decode(field.shape, given, { shapes, seen: new Map() }).fits
}

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2
}

function isObject(value: unknown): value is object {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
