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

/** The page after a rank, of what is in this order. */
export function pageAfter<Ranked extends Rank>(
  ranked: readonly Ranked[],
  { after, limit }: { after: Rank | undefined; limit: number },
): { page: Ranked[]; nextCursor: string | null } {
  const found = after === undefined ? 0 : ranked.findIndex((one) => compareRanks(one, after) > 0)
  const start = found === -1 ? ranked.length : found
  const page = ranked.slice(start, start + limit)
  const end = page.at(-1)
  const isLast = end === undefined || start + limit >= ranked.length
  return { page, nextCursor: isLast ? null : encodeCursor([String(end.amount), end.key]) }
}
