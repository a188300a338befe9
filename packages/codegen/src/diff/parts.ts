import type { JsonSchema } from '../shape/jsonSchema.ts'
import { type At, inside, report, reportValues } from './change.ts'
import { diffLimits } from './limits.ts'
import { namedIn, schemaIn, schemasIn } from './node.ts'

interface Comparison {
  compare(before: JsonSchema, after: JsonSchema, at: At): void
}

/** Fields added, removed, made optional or required, and what changed in those that stayed. */
export function diffObjects(before: JsonSchema, after: JsonSchema, at: At, comparison: Comparison): void {
  const [old, young] = [namedIn(before, 'properties'), namedIn(after, 'properties')]
  const [oldRequired, youngRequired] = [requiredOf(before), requiredOf(after)]
  for (const [name, schema] of old) {
    const other = young.get(name)
    const place = inside(at, `.${name}`)
    if (other === undefined) {
      reportFieldRemoved(place, oldRequired.has(name))
      continue
    }
    if (oldRequired.has(name) && !youngRequired.has(name)) reportValues(place, 'wider', 'made optional')
    else if (!oldRequired.has(name) && youngRequired.has(name)) reportValues(place, 'narrower', 'made required')
    comparison.compare(schema, other, place)
  }
  for (const name of young.keys()) {
    if (old.has(name)) continue
    const required = youngRequired.has(name)
    const breaks = required && at.io === 'input'
    const words = at.io === 'output' ? 'field' : `${required ? 'required' : 'optional'} field`
    report(inside(at, `.${name}`), breaks ? 'wire-breaking' : 'additive', `${words} added`)
  }
  // Records require keys without having fields.
  for (const name of youngRequired) if (!young.has(name) && !oldRequired.has(name)) keyRequired(name, 'narrower', at)
  for (const name of oldRequired) if (!old.has(name) && !youngRequired.has(name)) keyRequired(name, 'wider', at)
  diffOtherKeys(before, after, at, comparison)
}

function keyRequired(name: string, change: 'wider' | 'narrower', at: At): void {
  reportValues(inside(at, `.${name}`), change, change === 'wider' ? 'made optional' : 'made required')
}

function reportFieldRemoved(at: At, required: boolean): void {
  if (at.io === 'input') report(at, 'wire-breaking', 'field removed: what running clients say by it is passed over')
  else if (required) report(at, 'wire-breaking', 'field removed')
  // Readers had to do without it before, and still name it in their code.
  else report(at, 'source-breaking', 'optional field removed')
}

function requiredOf(schema: JsonSchema): Set<string> {
  const required: unknown = schema.required
  return new Set(Array.isArray(required) ? required.map(String) : [])
}

function diffOtherKeys(before: JsonSchema, after: JsonSchema, at: At, comparison: Comparison): void {
  const [wasStrict, isStrict] = [before, after].map(({ additionalProperties }) => additionalProperties === false)
  if (wasStrict !== isStrict && at.io === 'input') {
    report(
      at,
      isStrict ? 'wire-breaking' : 'additive',
      `unknown fields are ${isStrict ? 'refused' : 'passed over'} now`,
    )
  }
  const [old, young] = [schemaIn(before, 'additionalProperties'), schemaIn(after, 'additionalProperties')]
  if (old !== undefined && young !== undefined) comparison.compare(old, young, inside(at, '{}'))
  else if (young !== undefined) report(at, 'additive', 'any other field may be given')
  else if (old !== undefined) report(at, 'wire-breaking', 'other fields are gone')
  const [oldKeys, youngKeys] = [before, after].map((schema) => schemaIn(schema, 'propertyNames'))
  if (old === undefined || young === undefined) return
  if (oldKeys !== undefined && youngKeys !== undefined) comparison.compare(oldKeys, youngKeys, inside(at, '{key}'))
  else if (oldKeys !== youngKeys) {
    const change = oldKeys === undefined ? 'narrower' : 'wider'
    reportValues(inside(at, '{key}'), change, `${change === 'wider' ? 'any' : 'not any'} key is possible`)
  }
}

/** Differences in the items of lists, sets and tuples. */
export function diffLists(before: JsonSchema, after: JsonSchema, at: At, comparison: Comparison): void {
  const [old, young] = [schemaIn(before, 'items'), schemaIn(after, 'items')]
  if (old !== undefined && young !== undefined) comparison.compare(old, young, inside(at, '[]'))
  else if (old !== young) {
    const change = young === undefined ? 'narrower' : 'wider'
    reportValues(at, change, young === undefined ? 'no further items' : 'further items are possible')
  }
  if ('prefixItems' in before) diffTuples(before, after, at, comparison)
  else diffLimits(before, after, at)
}

function diffTuples(before: JsonSchema, after: JsonSchema, at: At, comparison: Comparison): void {
  const [old, young] = [schemasIn(before, 'prefixItems'), schemasIn(after, 'prefixItems')]
  const [oldLeast, youngLeast] = [before, after].map(({ minItems }) => Number(minItems ?? 0))
  for (const [index, schema] of old.entries()) {
    const other = young[index]
    if (other !== undefined) comparison.compare(schema, other, inside(at, `[${index}]`))
  }
  const least = [oldLeast ?? 0, youngLeast ?? 0] as const
  if (young.length < old.length) report(at, 'wire-breaking', `${old.length} items became ${young.length}`)
  else if (least[1] > least[0]) reportValues(at, 'narrower', `at least ${least[1]} items, no longer ${least[0]}`)
  else if (least[1] < least[0]) reportValues(at, 'wider', `at least ${least[1]} items, no longer ${least[0]}`)
  else if (young.length > old.length) report(at, 'additive', `${old.length} items became ${young.length}`)
}
