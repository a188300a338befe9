import { z } from 'zod'
import type { window } from './schema.ts'

/** What a list goes back to: over all its pages, so that its cursors carry it. */
export interface Bounds {
  since: Date | undefined
  until: Date | undefined
  /** How many items are left to give. */
  left: number | undefined
}

/** The part of a cursor that carries the bounds: how many are left, and since when. */
export const boundsPosition = z.tuple([
  z.int().min(1).max(10_000).nullable(),
  z.int().min(-8_640_000_000_000_000).max(8_640_000_000_000_000).nullable(),
])

type BoundsPosition = z.infer<typeof boundsPosition>

const dayMs = 86_400_000

/** The bounds of a window, as they were on the first page. */
export function boundsOf(
  given: z.infer<typeof window> | undefined,
  { days, carried, now = Date.now() }: { days: number; carried: BoundsPosition | undefined; now?: number },
): Bounds {
  const chosen = given ?? { days }
  const until = 'until' in chosen ? chosen.until : undefined
  if (carried !== undefined) {
    const [left, since] = carried
    return { since: since === null ? undefined : new Date(since), until, left: left ?? undefined }
  }
  if ('last' in chosen) return { since: undefined, until, left: chosen.last }
  if ('days' in chosen) return { since: new Date(now - chosen.days * dayMs), until, left: undefined }
  return { since: chosen.since, until, left: undefined }
}

/** What the next page begins with after a page of so many items; null where the window is used up. */
export function carry({ since, left }: Bounds, given: number): BoundsPosition | null {
  if (left !== undefined && left <= given) return null
  return [left === undefined ? null : left - given, since?.getTime() ?? null]
}
