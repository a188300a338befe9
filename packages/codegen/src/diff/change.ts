import type { Direction } from '../shape/shape.ts'

/**
 * What a change does to those who use the old contract: `wire-breaking` changes break or mislead clients that are
 * running; `source-breaking` ones stop code from compiling against the new SDK, while running clients go on; `additive`
 * ones let old clients be; `docs` are words only.
 */
export type ChangeKind = 'wire-breaking' | 'source-breaking' | 'additive' | 'docs'

export const changeKinds: readonly ChangeKind[] = ['wire-breaking', 'source-breaking', 'additive', 'docs']

/** One difference between two contracts. */
export interface Change {
  /** The path of a procedure, or `#/shapes/Name` or `#/errors/CODE`. */
  readonly path: string
  /** Where in it, such as `input.window.days`; empty where it is about the whole. */
  readonly place: string
  readonly kind: ChangeKind
  readonly message: string
}

/** Where two schemas are compared. */
export interface At {
  readonly path: string
  readonly place: string
  readonly io: Direction
  /** Whether readers pass over kinds of a union that they do not know. */
  readonly open: boolean
  readonly report: (change: Change) => void
}

export function inside(at: At, step: string): At {
  return { ...at, place: at.place + step, open: false }
}

export function report({ path, place, report }: At, kind: ChangeKind, message: string): void {
  report({ path, place, kind, message })
}

/** Reports that more (`wider`) or fewer (`narrower`) values are possible: readers suffer from one, writers from the other. */
export function reportValues(at: At, change: 'wider' | 'narrower', message: string): void {
  report(at, (change === 'wider') === (at.io === 'output') ? 'wire-breaking' : 'additive', message)
}

/** Whether a next version has to break, to add or to repair, by semantic versioning. */
export type Bump = 'major' | 'minor' | 'patch'

/**
 * What to bump for these changes; undefined where there are none. Below 1.0.0 the minor version stands for what breaks
 * and the patch version for all else, as package managers read `^0.x`.
 */
export function suggestBump(changes: readonly Change[], version = '1.0.0'): Bump | undefined {
  if (changes.length === 0) return undefined
  const isEarly = version.startsWith('0.')
  const kinds = new Set(changes.map(({ kind }) => kind))
  if (kinds.has('wire-breaking') || kinds.has('source-breaking')) return isEarly ? 'minor' : 'major'
  return kinds.has('additive') && !isEarly ? 'minor' : 'patch'
}
