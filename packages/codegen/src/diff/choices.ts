import type { JsonSchema } from '../shape/jsonSchema.ts'
import { type At, inside, report, reportValues } from './change.ts'
import { discriminatorOf, follow, type Kind, kindOf, kindsOf, namedIn, type SchemasByName, valuesOf } from './node.ts'

/** Values added to and removed from enums and constants. */
export function diffEnums(before: JsonSchema, after: JsonSchema, at: At): void {
  const [old, young] = [before, after].map((schema) => valuesOf(schema).map((value) => JSON.stringify(value)))
  const added = (young ?? []).filter((value) => !old?.includes(value))
  const removed = (old ?? []).filter((value) => !young?.includes(value))
  const wasOpen = before['x-open'] === true
  const isOpen = after['x-open'] === true
  if (added.length > 0) {
    if (wasOpen) report(at, 'additive', `values added: ${added.join(', ')}`)
    else reportValues(at, 'wider', `values added: ${added.join(', ')}`)
  }
  if (removed.length > 0) reportRemoved(at, `values removed: ${removed.join(', ')}`, wasOpen)
  if (!wasOpen && isOpen) report(at, 'source-breaking', 'now open: a switch over its values lacks the others')
  else if (wasOpen && !isOpen) report(at, 'additive', 'now closed: no other values come')
}

/** Readers that ask for what no longer comes do not compile, except where anything may come. */
function reportRemoved(at: At, message: string, open: boolean): void {
  report(at, at.io === 'input' ? 'wire-breaking' : open ? 'docs' : 'source-breaking', message)
}

interface Comparison {
  readonly before: SchemasByName
  readonly after: SchemasByName
  compare(before: JsonSchema, after: JsonSchema, at: At): void
}

/** Kinds added to and removed from discriminated unions, and what changed in those that stayed. */
export function diffChoices(before: JsonSchema, after: JsonSchema, at: At, comparison: Comparison): void {
  const old = kindsOf(before, comparison.before)
  const young = kindsOf(after, comparison.after)
  const [oldValues, youngValues] = [old, young].map((kinds) => new Set(kinds.flatMap(({ values }) => values)))
  const added = [...(youngValues ?? [])].filter((value) => !oldValues?.has(value))
  const removed = [...(oldValues ?? [])].filter((value) => !youngValues?.has(value))
  const wasOpen = at.open || before['x-open'] === true
  if (added.length > 0) {
    if (wasOpen) report(at, 'additive', `kinds added: ${added.join(', ')}`)
    else reportValues(at, 'wider', `kinds added: ${added.join(', ')}`)
  }
  if (removed.length > 0) reportRemoved(at, `kinds removed: ${removed.join(', ')}`, false)
  if (before['x-open'] !== true && after['x-open'] === true) report(at, 'additive', 'now open: more kinds may come')
  else if (before['x-open'] === true && after['x-open'] !== true) report(at, 'additive', 'now closed')
  const name = discriminatorOf(before)
  for (const kind of old) {
    const partners = young.filter(({ values }) => values.some((value) => kind.values.includes(value)))
    for (const partner of partners) compareKinds(kind, partner, name, at, comparison)
  }
}

function compareKinds(before: Kind, after: Kind, discriminator: string, at: At, comparison: Comparison): void {
  const place = inside(at, `(${before.values.join('|')})`)
  // The values themselves were compared for the union as a whole.
  if (before.values.join() === after.values.join()) {
    comparison.compare(before.schema, after.schema, place)
    return
  }
  const old = follow(before.schema, comparison.before)
  const young = follow(after.schema, comparison.after)
  if (old !== undefined && young !== undefined) {
    comparison.compare(withoutField(old, discriminator), withoutField(young, discriminator), place)
  }
}

function withoutField(schema: JsonSchema, name: string): JsonSchema {
  const properties = Object.fromEntries([...namedIn(schema, 'properties')].filter(([key]) => key !== name))
  const required: unknown[] = Array.isArray(schema.required) ? schema.required : []
  return { ...schema, properties, required: required.filter((key) => key !== name) }
}

/** Pairs the members of two unions by likeness and reports those that are left. */
export function matchMembers(
  before: readonly JsonSchema[],
  after: readonly JsonSchema[],
  at: At,
  compare: (before: JsonSchema, after: JsonSchema) => void,
): void {
  const old = [...before]
  const young = [...after]
  for (const likeness of [asText, nameOrKind]) {
    for (const member of [...old]) {
      const other = young.find((candidate) => likeness(candidate) === likeness(member))
      if (other === undefined) continue
      old.splice(old.indexOf(member), 1)
      young.splice(young.indexOf(other), 1)
      compare(member, other)
    }
  }
  for (const member of young) reportValues(at, 'wider', `alternative added: ${nameOrKind(member)}`)
  for (const member of old) reportRemoved(at, `alternative removed: ${nameOrKind(member)}`, false)
}

function asText(schema: JsonSchema): string {
  return JSON.stringify(schema)
}

function nameOrKind(schema: JsonSchema): string {
  return typeof schema.$ref === 'string' ? schema.$ref.replace('#/shapes/', '') : kindOf(schema)
}
