import type { $ZodType } from 'zod/v4/core'
import { fingerprint } from './optional.ts'
import { childrenOf, type Direction, type Shape, visitShapes } from './shape.ts'

/** One form of a shape that a schema names by `.meta({ id })`. */
export interface NamedShape {
  readonly id: string
  readonly io: Direction
  readonly schema: $ZodType
  /** Where it was met first. */
  readonly place: string
  shape: Shape
}

/** The shape of a whole input or output. */
export interface Root {
  readonly shape: Shape
  readonly io: Direction
}

type Fail = (place: string, problem: string) => Error

/**
 * Settles the names of all named shapes and of the refs to them: one name where both directions agree, otherwise `X`
 * for the output and `XInput` for the input. Changes the refs in place.
 */
export function nameShapes(named: readonly NamedShape[], roots: readonly Root[], fail: Fail): Map<string, Shape> {
  const forms = uniqueForms(named, fail)
  const split = differingIds(forms)
  const nameOf = (id: string, io: Direction) => (io === 'input' && split.has(id) ? `${id}Input` : id)
  const shapes = new Map<string, Shape>()
  for (const entry of forms) {
    const name = nameOf(entry.id, entry.io)
    if (name !== entry.id && forms.some((other) => other.id === name)) {
      throw fail(
        entry.place,
        `"${entry.id}" differs as input and is to be named "${name}", which is the name of another shape`,
      )
    }
    shapes.set(name, entry.shape)
  }
  renameRefs(named, roots, nameOf)
  return new Map([...shapes].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** One form per id and direction. Two schemas may share an id only where they say the same. */
function uniqueForms(named: readonly NamedShape[], fail: Fail): NamedShape[] {
  const forms = new Map<string, NamedShape>()
  for (const entry of named) {
    const key = `${entry.io} ${entry.id}`
    const first = forms.get(key)
    if (first === undefined) forms.set(key, entry)
    else if (fingerprint(first.shape) !== fingerprint(entry.shape)) {
      throw fail(entry.place, `two different schemas are named "${entry.id}"; the other one is at ${first.place}`)
    }
  }
  return [...forms.values()]
}

/** The ids whose input and output differ, by themselves or by a shape that they refer to. */
function differingIds(forms: readonly NamedShape[]): Set<string> {
  const inputs = new Map(forms.filter((form) => form.io === 'input').map((form) => [form.id, form.shape]))
  const both = forms.filter((form) => form.io === 'output' && inputs.has(form.id))
  const differing = new Set(
    both.filter((form) => fingerprint(form.shape) !== fingerprint(inputs.get(form.id))).map((form) => form.id),
  )
  for (let before = -1; before !== differing.size; ) {
    before = differing.size
    for (const form of both) if (refersTo(form.shape, differing)) differing.add(form.id)
  }
  return differing
}

function refersTo(shape: Shape, ids: ReadonlySet<string>): boolean {
  if (shape.kind === 'ref') return ids.has(shape.name)
  return childrenOf(shape).some((child) => refersTo(child, ids))
}

function renameRefs(
  named: readonly NamedShape[],
  roots: readonly Root[],
  nameOf: (id: string, io: Direction) => string,
): void {
  const done = new Set<Shape>()
  for (const { shape, io } of [...named, ...roots]) {
    visitShapes(shape, (inner) => {
      if (inner.kind !== 'ref' || done.has(inner)) return
      done.add(inner)
      inner.name = nameOf(inner.name, io)
    })
  }
}
