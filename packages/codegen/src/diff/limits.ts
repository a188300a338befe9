import type { JsonSchema } from '../shape/jsonSchema.ts'
import { type At, report } from './change.ts'

/** Differences in lengths, bounds, formats and patterns. */
export function diffLimits(before: JsonSchema, after: JsonSchema, at: At): void {
  for (const [keys, sign] of bounds) {
    const [old, young] = [boundIn(before, keys), boundIn(after, keys)]
    const words = `${keys[0]?.replace('x-', '')} ${old?.text ?? 'none'} became ${young?.text ?? 'none'}`
    const order = compareBounds(old, young, sign)
    if (order > 0) reportLimit(at, 'tighter', words)
    else if (order < 0) reportLimit(at, 'looser', words)
  }
  diffStep(before.multipleOf, after.multipleOf, at)
  diffText(before, after, 'format', at)
  const [old, young] = [patternsOf(before), patternsOf(after)]
  const added = young.filter((pattern) => !old.includes(pattern))
  const removed = old.filter((pattern) => !young.includes(pattern))
  if (added.length > 0 && removed.length > 0) diffPattern(removed.join(), added.join(), at)
  else if (added.length > 0) reportLimit(at, 'tighter', `pattern added: ${added.join(' ')}`)
  else if (removed.length > 0) reportLimit(at, 'looser', `pattern removed: ${removed.join(' ')}`)
}

/**
 * Readers are not held to limits of what they get, and the same limit often stands at an input that is to grow, so that
 * a looser limit of an output breaks nothing that this contract promised them.
 */
function reportLimit(at: At, change: 'tighter' | 'looser', message: string): void {
  report(at, change === 'tighter' && at.io === 'input' ? 'wire-breaking' : 'additive', message)
}

/** A pattern of an output can be a type of the SDK, such as `usr_${string}`. */
function diffPattern(before: string, after: string, at: At): void {
  // The pattern of bigints tells only whether they can be negative.
  if (before === '^-?\\d+$' && after === '^\\d+$') reportLimit(at, 'tighter', 'no longer negative')
  else if (before === '^\\d+$' && after === '^-?\\d+$') reportLimit(at, 'looser', 'may be negative')
  else report(at, at.io === 'input' ? 'wire-breaking' : 'source-breaking', `pattern ${before} became ${after}`)
}

function diffText(before: JsonSchema, after: JsonSchema, key: string, at: At): void {
  const [old, young] = [before[key], after[key]]
  if (old === young) return
  reportLimit(at, young === undefined ? 'looser' : 'tighter', `${key} ${old ?? 'none'} became ${young ?? 'none'}`)
}

function diffStep(before: unknown, after: unknown, at: At): void {
  if (before === after) return
  const isLooser = after === undefined || (typeof before === 'number' && before % Number(after) === 0)
  reportLimit(at, isLooser ? 'looser' : 'tighter', `multipleOf ${before ?? 'none'} became ${after ?? 'none'}`)
}

function patternsOf(schema: JsonSchema): string[] {
  const parts: unknown[] = Array.isArray(schema.allOf) ? schema.allOf : []
  const patterns = [schema, ...parts].map((part) =>
    part !== null && typeof part === 'object' ? Reflect.get(part, 'pattern') : undefined,
  )
  return patterns.filter((pattern) => typeof pattern === 'string')
}

/** The inclusive and the exclusive word for each bound, and 1 for lower bounds, -1 for upper ones. */
const bounds: readonly (readonly [keys: readonly string[], sign: 1 | -1])[] = [
  [['minLength'], 1],
  [['maxLength'], -1],
  [['minItems'], 1],
  [['maxItems'], -1],
  [['minimum', 'exclusiveMinimum'], 1],
  [['maximum', 'exclusiveMaximum'], -1],
  [['x-minimum', 'x-exclusiveMinimum'], 1],
  [['x-maximum', 'x-exclusiveMaximum'], -1],
]

interface Bound {
  readonly value: number | bigint | string
  readonly exclusive: boolean
  readonly text: string
}

function boundIn(schema: JsonSchema, keys: readonly string[]): Bound | undefined {
  for (const [index, key] of keys.entries()) {
    const value = schema[key]
    // Bounds of bigints are decimal strings, those of dates ISO 8601, which sort as they are.
    const exclusive = index > 0
    if (typeof value === 'number') return { value, exclusive, text: `${value}${exclusive ? ' (exclusive)' : ''}` }
    if (typeof value === 'string') {
      const bound = /^-?\d+$/.test(value) ? BigInt(value) : value
      return { value: bound, exclusive, text: `${value}${exclusive ? ' (exclusive)' : ''}` }
    }
  }
  return undefined
}

/** Above 0 where the new bound lets fewer values through, below 0 where it lets more. */
function compareBounds(before: Bound | undefined, after: Bound | undefined, sign: 1 | -1): number {
  if (before === undefined || after === undefined) return Number(after !== undefined) - Number(before !== undefined)
  if (before.value !== after.value) return after.value > before.value ? sign : -sign
  return Number(after.exclusive) - Number(before.exclusive)
}
