import {
  type ArrayShape,
  type Field,
  type NumberShape,
  type ObjectShape,
  resolve,
  type SetShape,
  type Shape,
  type Shapes,
  type StringShape,
} from '../shape/shape.ts'
import { sampleOf } from './pattern.ts'

/**
 * A plausible value of a shape, the same every time: the shape's own example or default where it has one, otherwise one
 * made from type, limits and the name of the field. Objects have their required fields. Undefined where there is none.
 */
export function exampleOf(shape: Shape, shapes: Shapes): unknown {
  return valueFor(shape, { shapes, name: '', open: [] })
}

interface Context {
  readonly shapes: Shapes
  /** The field that the value is for. */
  readonly name: string
  /** The named shapes around the value: inside itself, a shape is left out. */
  readonly open: readonly string[]
}

function valueFor(shape: Shape, context: Context): unknown {
  const example = shape.docs?.examples?.[0]
  if (example !== undefined) return example
  if (shape.default !== undefined) return shape.default.value
  switch (shape.kind) {
    case 'ref': {
      const target = resolve(shape, context.shapes)
      if (target === undefined || context.open.includes(shape.name)) return undefined
      return valueFor(target, { ...context, open: [...context.open, shape.name] })
    }
    case 'string':
      return stringValue(shape, context.name)
    case 'number':
      return numberValue(shape)
    case 'bigint':
      return clampBigint(shape.minimum ?? shape.exclusiveMinimum, shape.maximum ?? shape.exclusiveMaximum)
    case 'date': {
      const time = clamp(Date.UTC(2026, 0, 31, 9, 30), shape.minimum?.getTime(), shape.maximum?.getTime())
      return new Date(time)
    }
    case 'boolean':
      return true
    case 'null':
      return null
    case 'literal':
    case 'enum':
      return shape.values[0]
    case 'templateLiteral':
      return templateValue(shape.parts, shape.pattern, context)
    case 'unknown':
      return {}
    default:
      return containerValue(shape, context)
  }
}

function containerValue(shape: Shape, context: Context): unknown {
  switch (shape.kind) {
    case 'array':
      return itemsValue(shape, context)
    case 'set':
      return new Set(itemsValue(shape, context))
    case 'tuple':
      return shape.items.filter((item) => !item.optional).map((item) => valueFor(item.shape, context))
    case 'object':
      return objectValue(shape, context)
    case 'record': {
      const keys = shape.key.kind === 'enum' && !shape.partial ? shape.key.values : [valueFor(shape.key, context)]
      return Object.fromEntries(keys.map((key) => [String(key), valueFor(shape.value, context)]))
    }
    case 'map':
      return new Map([[valueFor(shape.key, context), valueFor(shape.value, context)]])
    case 'union':
    case 'discriminatedUnion': {
      const solid = shape.members.filter((member) => member.kind !== 'undefined' && member.kind !== 'null')
      const values = solid.map((member) => valueFor(member, context))
      return values.find((value) => value !== undefined) ?? (hasNull(shape.members) ? null : undefined)
    }
    case 'intersection':
      return Object.assign({}, ...shape.members.map((member) => valueFor(member, context)))
    default:
      return undefined
  }
}

function hasNull(members: readonly Shape[]): boolean {
  return members.some((member) => member.kind === 'null')
}

function objectValue(shape: ObjectShape, context: Context): object {
  const fields = shape.fields.filter((field) => !field.optional)
  const values = fields.map(({ name, shape }: Field) => [name, valueFor(shape, { ...context, name })] as const)
  return Object.fromEntries(values.filter(([, value]) => value !== undefined))
}

function itemsValue(shape: ArrayShape | SetShape, context: Context): unknown[] {
  const count = Math.min(Math.max(shape.minItems ?? 1, 1), shape.maxItems ?? Number.POSITIVE_INFINITY)
  const item = count > 0 ? valueFor(shape.element, { ...context, name: singular(context.name) }) : undefined
  return item === undefined ? [] : Array.from({ length: count }, () => item)
}

function singular(name: string): string {
  return name.endsWith('s') ? name.slice(0, -1) : name
}

const formats: Readonly<Record<string, string>> = {
  email: 'ann@example.org',
  uri: 'https://example.org/',
  uuid: '01890a5d-ac96-774b-bcce-b302099a8057',
  'date-time': '2026-01-31T09:30:00Z',
  date: '2026-01-31',
  time: '09:30:00',
  duration: 'PT30M',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  hostname: 'example.org',
  base64: 'QW50aXBob24=',
}

/** What fields of these names usually hold, in any API. */
const byName: readonly (readonly [RegExp, string])[] = [
  [/e-?mail$/i, 'ann@example.org'],
  [/(user|nick|login)_?name$/i, 'ann'],
  [/first_?name$/i, 'Ann'],
  [/last_?name$/i, 'Lee'],
  [/password$/i, 'correct horse battery staple'],
  [/time_?zone$/i, 'Europe/Berlin'],
  [/(url|link|href)$/i, 'https://example.org/'],
  [/currency$/i, 'EUR'],
  [/country$/i, 'DE'],
  [/city$/i, 'Berlin'],
  [/street$/i, '1 Long Road'],
  [/title$/i, 'Reading group'],
  [/name$/i, 'Reading group'],
  [/(body|text|message|note|comment)$/i, 'Shall we?'],
  [/description$/i, 'We read a chapter a week.'],
  [/^q(uery)?$|search/i, 'reading'],
  [/(key|client_?id|token|secret)$/i, 'k7-2026-01-31'],
]

function stringValue(shape: StringShape, name: string): string {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, patterns = [] } = shape
  const fits = (text: string) =>
    text.length >= minLength && text.length <= maxLength && patterns.every((pattern) => new RegExp(pattern).test(text))
  const named = byName.find(([pattern]) => pattern.test(name))?.[1]
  const candidates = [formats[shape.format ?? ''], named, ...patterns.map(sampleOf), 'text', 'A'.repeat(minLength)]
  const usual = named ?? 'text'
  candidates.push(usual.repeat(Math.ceil(minLength / usual.length)).slice(0, Math.min(maxLength, 1_000)))
  return candidates.find((text) => text !== undefined && fits(text)) ?? 'text'
}

function numberValue(shape: NumberShape): number {
  const step = shape.multipleOf ?? (shape.int ? 1 : 0)
  const low =
    shape.minimum ?? (shape.exclusiveMinimum === undefined ? undefined : shape.exclusiveMinimum + (step || 0.5))
  const high =
    shape.maximum ?? (shape.exclusiveMaximum === undefined ? undefined : shape.exclusiveMaximum - (step || 0.5))
  const value = clamp(10, low, high)
  return step > 0 ? Math.ceil(value / step) * step : value
}

function clamp(value: number, low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY): number {
  return Math.min(Math.max(value, low), high)
}

function clampBigint(low: bigint | undefined, high: bigint | undefined): bigint {
  const usual = 1000n
  if (low !== undefined && low >= usual) return low + 1n
  return high !== undefined && high <= usual ? high - 1n : usual
}

function templateValue(parts: readonly (string | Shape)[], pattern: string, context: Context): string | undefined {
  const texts = parts.map((part) =>
    typeof part === 'string' ? part : String(valueFor(part, { ...context, name: '' })),
  )
  return new RegExp(pattern).test(texts.join('')) ? texts.join('') : sampleOf(pattern)
}
