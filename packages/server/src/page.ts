import { z } from 'zod'
import { ApiError } from './errors.ts'

export const maxPage = 200

/** The input fields of every list: a page size and where to go on. */
export const pageInput = {
  limit: z.int().min(1).max(maxPage).default(50).describe('How many items a page has at most, up to 200.'),
  cursor: z
    .string()
    .max(500, { abort: true })
    .optional()
    .describe('Where to go on: the `nextCursor` of the page before. Left out, the list starts anew.'),
}

/** A page of a list: the items, and the cursor of the next page or null at the end. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item).max(maxPage),
    nextCursor: z.string().nullable().describe('Where the next page starts; null at the end of the list.'),
  })
}

/** An opaque cursor over a position, the values of a row that the list is ordered by. */
export function encodeCursor(position: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url')
}

/** Numbers of rows in cursors, as far as the database's integer and bigint go; the latter are texts. */
export const int4 = z.int32()
export const int8 = z
  .string()
  .regex(/^-?\d{1,19}$/)
  .transform(BigInt)
  .refine((value) => BigInt.asIntN(64, value) === value && value !== -(2n ** 63n))

/** The position in a cursor; BAD_CURSOR where it is not one that `encodeCursor` made for this schema. */
export function decodeCursor<Position>(cursor: string | undefined, schema: z.ZodType<Position>): Position | undefined {
  if (cursor === undefined) return undefined
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw new ApiError('BAD_CURSOR', { field: 'cursor' })
  }
}

/** A page ends early once its items weigh this much, in characters, so that answers stay small. */
export const maxPageWeight = 262_144

/** How many of the first rows fit into a page by their weight: at least one. */
export function countFitting<Row>(
  rows: readonly Row[],
  weightOf: (row: Row) => number,
  maxWeight = maxPageWeight,
): number {
  let total = 0
  for (const [at, row] of rows.entries()) {
    total += weightOf(row)
    if (total > maxWeight) return Math.max(1, at)
  }
  return rows.length
}

/** Cuts rows that were read with one more than `limit` into a page. */
export function toPage<Row>(rows: Row[], limit: number, position: (row: Row) => readonly unknown[]) {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(position(last)) : null }
}
