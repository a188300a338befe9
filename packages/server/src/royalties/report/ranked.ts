import { z } from 'zod'
import { encodeCursor } from '../../page.ts'

/** Where in an order by amount a line is: the highest amount first, of equal ones by key. */
export interface Rank {
  amount: bigint
  key: string
}

export function compareRanks(a: Rank, b: Rank): number {
  if (a.amount !== b.amount) return a.amount > b.amount ? -1 : 1
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}

/** What a cursor holds. */
export const rankInCursor = z
  .tuple([z.string().regex(/^\d{1,38}$/), z.string().max(100)])
  .transform(([amount, key]): Rank => ({ amount: BigInt(amount), key }))

/** The page after a rank, of lines that are in this order. */
export function pageAfter<Line>(
  lines: readonly Line[],
  { after, limit }: { after: Rank | undefined; limit: number },
  rankOf: (line: Line) => Rank,
): { lines: Line[]; nextCursor: string | null } {
  const found = after === undefined ? 0 : lines.findIndex((line) => compareRanks(rankOf(line), after) > 0)
  const start = found === -1 ? lines.length : found
  const page = lines.slice(start, start + limit)
  const end = page.at(-1)
  if (end === undefined || start + limit >= lines.length) return { lines: page, nextCursor: null }
  const { amount, key } = rankOf(end)
  return { lines: page, nextCursor: encodeCursor([String(amount), key]) }
}
