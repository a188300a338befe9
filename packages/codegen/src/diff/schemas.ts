import type { JsonSchema } from '../shape/jsonSchema.ts'
import { type At, type Change, report, reportValues } from './change.ts'
import { diffChoices, diffEnums, matchMembers } from './choices.ts'
import { diffDocs } from './docs.ts'
import { diffLimits } from './limits.ts'
import { alternativesOf, discriminatorOf, follow, kindOf, refName, type SchemasByName, schemasIn } from './node.ts'
import { diffLists, diffObjects } from './parts.ts'

interface Pair {
  readonly before: string
  readonly after: string
  readonly at: At
}

/**
 * Compares the schemas of two contracts, direction by direction. Named shapes are compared once per direction, under
 * their own name, so that recursion ends and a change in a shape is told once.
 */
export class SchemaComparison {
  readonly before: SchemasByName
  readonly after: SchemasByName
  readonly #add: (change: Change) => void
  readonly #seen = new Set<string>()
  readonly #waiting: Pair[] = []
  readonly #renamed = new Set<string>()

  constructor(before: SchemasByName, after: SchemasByName, add: (change: Change) => void) {
    this.before = before
    this.after = after
    this.#add = add
  }

  /** Compares two schemas; the named shapes that they lead to wait for `finish`. */
  compare(before: JsonSchema, after: JsonSchema, at: At): void {
    diffDocs(before, after, at)
    const old = alternativesOf(throughAlias(before, this.before))
    const young = alternativesOf(throughAlias(after, this.after))
    // Who got nothing reads nothing.
    if (old.members.length === 0 && old.nullable && at.io === 'output' && young.members.length > 0) {
      report(at, 'additive', 'now answers something')
      return
    }
    if (old.nullable !== young.nullable) {
      reportValues(at, young.nullable ? 'wider' : 'narrower', young.nullable ? 'may be null' : 'no longer null')
    }
    const [first, second] = [old.members[0], young.members[0]]
    const isSingle = old.members.length === 1 && young.members.length === 1
    if (isSingle && first !== undefined && second !== undefined) this.#compareOne(first, second, at)
    else matchMembers(old.members, young.members, at, (a, b) => this.#compareOne(a, b, at))
  }

  /** Compares all named shapes that were met, and reports those that are gone. */
  finish(): void {
    for (let pair = this.#waiting.shift(); pair !== undefined; pair = this.#waiting.shift()) {
      const [before, after] = [this.before[pair.before], this.after[pair.after]]
      if (before !== undefined && after !== undefined) this.compare(before, after, pair.at)
    }
    for (const name of Object.keys(this.before)) {
      if (Object.hasOwn(this.after, name) || this.#renamed.has(name)) continue
      this.#add({
        path: `#/shapes/${name}`,
        place: '',
        kind: 'source-breaking',
        message: 'no type has this name any more',
      })
    }
  }

  /** Whether an input can be an empty object. */
  mayBeEmpty(schema: JsonSchema): boolean {
    const found = follow(schema, this.after)
    return found !== undefined && kindOf(found) === 'object' && !('required' in found)
  }

  #compareOne(before: JsonSchema, after: JsonSchema, at: At): void {
    const [old, young] = [kindOf(before), kindOf(after)]
    if (old === 'ref' && young === 'ref') this.#compareNamed(refName(before), refName(after), at)
    else if (old === 'ref' || young === 'ref') {
      const [a, b] = [follow(before, this.before), follow(after, this.after)]
      if (a !== undefined && b !== undefined) this.compare(a, b, at)
    } else if (old === young) this.#compareAlike(before, after, at)
    else reportType(before, after, at)
  }

  #compareAlike(before: JsonSchema, after: JsonSchema, at: At): void {
    switch (kindOf(before)) {
      case 'enum':
        diffEnums(before, after, at)
        break
      case 'choice':
        this.#compareChoices(before, after, at)
        break
      case 'object':
        diffObjects(before, after, at, this)
        break
      case 'list':
      case 'set':
      case 'tuple':
        diffLists(before, after, at, this)
        break
      case 'intersection':
        this.#compareIntersections(before, after, at)
        break
      default:
        diffLimits(before, after, at)
        break
    }
  }

  #compareNamed(before: string, after: string, at: At): void {
    if (before !== after && !Object.hasOwn(this.after, before) && !Object.hasOwn(this.before, after)) {
      this.#renamed.add(before)
      this.#add({ path: `#/shapes/${before}`, place: '', kind: 'source-breaking', message: `renamed to ${after}` })
    }
    const key = `${at.io} ${at.open} ${before} ${after}`
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.#waiting.push({ before, after, at: { ...at, path: `#/shapes/${before}`, place: at.io } })
  }

  #compareChoices(before: JsonSchema, after: JsonSchema, at: At): void {
    const [old, young] = [before, after].map(discriminatorOf)
    if (old === young) diffChoices(before, after, at, this)
    else report(at, 'wire-breaking', `the kinds are told apart by ${young}, no longer by ${old}`)
  }

  #compareIntersections(before: JsonSchema, after: JsonSchema, at: At): void {
    const [old, young] = [schemasIn(before, 'allOf'), schemasIn(after, 'allOf')]
    if (old.length !== young.length) report(at, 'wire-breaking', 'made of other shapes')
    for (const [index, schema] of old.entries()) {
      const other = young[index]
      if (other !== undefined) this.compare(schema, other, { ...at, open: false })
    }
  }
}

/** The schema behind a name that stands for alternatives, which may then be written where the name was. */
function throughAlias(schema: JsonSchema, shapes: SchemasByName): JsonSchema {
  const found = kindOf(schema) === 'ref' ? follow(schema, shapes) : undefined
  return found !== undefined && (kindOf(found) === 'union' || alternativesOf(found).nullable) ? found : schema
}

function reportType(before: JsonSchema, after: JsonSchema, at: At): void {
  const [old, young] = [kindOf(before), kindOf(after)]
  const message = `type ${typeWords(before)} became ${typeWords(after)}`
  const isWider = (narrow: JsonSchema, wide: JsonSchema) =>
    kindOf(wide) === 'any' ||
    (kindOf(narrow) === 'integer' && kindOf(wide) === 'number') ||
    (kindOf(narrow) === 'enum' && narrow.type === kindOf(wide))
  if (isWider(before, after)) {
    if (old === 'enum' && young !== 'any' && before['x-open'] === true) report(at, 'source-breaking', message)
    else reportValues(at, 'wider', message)
  } else if (isWider(after, before)) reportValues(at, 'narrower', message)
  else report(at, 'wire-breaking', message)
}

function typeWords(schema: JsonSchema): string {
  const kind = kindOf(schema)
  if (kind === 'any') return 'anything'
  return kind === 'enum' ? `enum of ${String(schema.type ?? 'values')}` : kind
}
