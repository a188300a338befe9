import type { JsonSchema } from '../shape/jsonSchema.ts'
import { type At, report } from './change.ts'

/** Differences in the words and marks of two schemas. */
export function diffDocs(before: JsonSchema, after: JsonSchema, at: At): void {
  for (const key of ['title', 'description', 'examples']) {
    if (JSON.stringify(before[key]) !== JSON.stringify(after[key])) report(at, 'docs', `${key} changed`)
  }
  diffDeprecation(deprecationOf(before), deprecationOf(after), at)
  const [old, young] = [before.default, after.default].map((value) => JSON.stringify(value))
  if (old === young) return
  if (old === undefined) report(at, 'additive', `default added: ${young}`)
  // Callers that leave the field out rely on what it then means.
  else report(at, 'wire-breaking', young === undefined ? `default removed: ${old}` : `default ${old} became ${young}`)
}

/** A deprecation announced, taken back or reworded. An announcement is news for a minor version. */
export function diffDeprecation(before: string | undefined, after: string | undefined, at: At): void {
  if (before === after) return
  if (before === undefined) report(at, 'additive', `deprecated${after === '' ? '' : `: ${after}`}`)
  else report(at, 'docs', after === undefined ? 'no longer deprecated' : 'text of the deprecation changed')
}

function deprecationOf(schema: JsonSchema): string | undefined {
  return schema.deprecated === true ? (text(schema['x-deprecated']) ?? '') : undefined
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
