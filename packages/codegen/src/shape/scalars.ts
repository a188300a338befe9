import type { $ZodChecks, $ZodLiteralDef, $ZodStringFormatDef, $ZodType } from 'zod/v4/core'
import type { BigintShape, DateShape, LiteralShape, LiteralValue, NumberShape, StringShape } from './shape.ts'

type CheckDef = $ZodChecks['_zod']['def']

/** The checks of a schema: its own, where the schema is a check itself (z.email()), and those added to it. */
function checksOf(schema: $ZodType): CheckDef[] {
  const own = schema._zod.traits.has('$ZodCheck') ? [schema] : []
  // zod's documented way to read checks is this union, of which a check is always one or a custom one.
  return [...own, ...(schema._zod.def.checks ?? [])].map((check) => check._zod.def as unknown as CheckDef)
}

const jsonFormats: Readonly<Record<string, string>> = { guid: 'uuid', url: 'uri', datetime: 'date-time' }
const patternOnly = new Set(['regex', 'starts_with', 'ends_with', 'includes', 'lowercase', 'uppercase', 'time'])
const patternNeedless = new Set(['email', 'uri', 'uuid', 'date-time', 'date', 'duration', 'ipv4', 'ipv6'])

/** The shape of a string schema with its checks. */
export function stringShape(schema: $ZodType): StringShape {
  let minLength: number | undefined
  let maxLength: number | undefined
  let format: string | undefined
  const patterns = new Set<string>()
  for (const def of checksOf(schema)) {
    if (def.check === 'min_length') minLength = max(minLength, def.minimum)
    else if (def.check === 'max_length') maxLength = min(maxLength, def.maximum)
    else if (def.check === 'length_equals') minLength = maxLength = def.length
    else if (def.check === 'string_format') {
      const found = formatOf(def)
      format = found.format ?? format
      if (found.pattern !== undefined) patterns.add(found.pattern)
    }
  }
  return { kind: 'string', minLength, maxLength, format, patterns: patterns.size > 0 ? [...patterns] : undefined }
}

function formatOf(def: $ZodStringFormatDef | Extract<CheckDef, { check: 'string_format' }>) {
  const pattern = def.pattern?.source
  const loose = ('local' in def && def.local === true) || ('precision' in def && def.precision === -1)
  if (patternOnly.has(def.format) || loose) return { pattern }
  const format = jsonFormats[def.format] ?? def.format
  const versioned = 'version' in def && def.version !== undefined
  return { format, pattern: patternNeedless.has(format) && !versioned ? undefined : pattern }
}

const intBounds: Readonly<Record<string, readonly [number, number] | undefined>> = {
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
}

/** The shape of a number schema with its checks. */
export function numberShape(schema: $ZodType): NumberShape {
  const bounds = boundsOf(schema, (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined))
  let int = false
  let multipleOf: number | undefined
  for (const def of checksOf(schema)) {
    if (def.check === 'number_format') {
      int ||= def.format.includes('int')
      const [low, high] = intBounds[def.format] ?? []
      bounds.minimum = max(bounds.minimum, low)
      bounds.maximum = min(bounds.maximum, high)
    } else if (def.check === 'multiple_of' && typeof def.value === 'number') multipleOf = Math.abs(def.value)
  }
  return { kind: 'number', int, multipleOf, ...bounds }
}

/** The shape of a bigint schema with its checks. */
export function bigintShape(schema: $ZodType): BigintShape {
  const bounds = boundsOf(schema, (value) => (typeof value === 'bigint' ? value : undefined))
  for (const def of checksOf(schema)) {
    if (def.check !== 'bigint_format') continue
    const [low, high] = def.format === 'int64' ? [-(2n ** 63n), 2n ** 63n - 1n] : [0n, 2n ** 64n - 1n]
    bounds.minimum = max(bounds.minimum, low)
    bounds.maximum = min(bounds.maximum, high)
  }
  return { kind: 'bigint', ...bounds }
}

/** The shape of a date schema with its checks. */
export function dateShape(schema: $ZodType): DateShape {
  return { kind: 'date', ...boundsOf(schema, (value) => (value instanceof Date ? value : undefined)) }
}

interface Bounds<Value> {
  minimum?: Value | undefined
  maximum?: Value | undefined
  exclusiveMinimum?: Value | undefined
  exclusiveMaximum?: Value | undefined
}

function boundsOf<Value extends number | bigint | Date>(
  schema: $ZodType,
  parse: (value: unknown) => Value | undefined,
): Bounds<Value> {
  const bounds: Bounds<Value> = {}
  for (const def of checksOf(schema)) {
    if (def.check === 'greater_than') {
      const key = def.inclusive ? 'minimum' : 'exclusiveMinimum'
      bounds[key] = max(bounds[key], parse(def.value))
    } else if (def.check === 'less_than') {
      const key = def.inclusive ? 'maximum' : 'exclusiveMaximum'
      bounds[key] = min(bounds[key], parse(def.value))
    }
  }
  return bounds
}

/** How many items an array, a set or a map may have. */
export function itemBounds(schema: $ZodType): { minItems?: number | undefined; maxItems?: number | undefined } {
  let minItems: number | undefined
  let maxItems: number | undefined
  for (const def of checksOf(schema)) {
    if (def.check === 'min_length' || def.check === 'min_size') minItems = max(minItems, def.minimum)
    else if (def.check === 'max_length' || def.check === 'max_size') maxItems = min(maxItems, def.maximum)
    else if (def.check === 'length_equals') minItems = maxItems = def.length
    else if (def.check === 'size_equals') minItems = maxItems = def.size
  }
  return { minItems, maxItems }
}

/** The shape of a literal schema, which may hold several values. */
export function literalShape(def: $ZodLiteralDef<LiteralValue>): LiteralShape {
  return { kind: 'literal', values: [...def.values] }
}

/** The values of an enum, where a TypeScript enum of numbers also holds the way back. */
export function enumValues(entries: Readonly<Record<string, string | number>>): (string | number)[] {
  const numbers = new Set(Object.values(entries).filter((value) => typeof value === 'number'))
  return Object.entries(entries)
    .filter(([key]) => !numbers.has(Number(key)))
    .map(([, value]) => value)
}

function max<Value extends number | bigint | Date>(a: Value | undefined, b: Value | undefined): Value | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a
}

function min<Value extends number | bigint | Date>(a: Value | undefined, b: Value | undefined): Value | undefined {
  return a === undefined || (b !== undefined && b < a) ? b : a
}
