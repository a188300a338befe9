import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'

const originColumns = ['name', 'from_period as from', 'counts_ppm as countsPpm'] as const

export interface Origin {
  name: string
  from: string
  countsPpm: number
}

/** Says which part of the fees of an origin counts from a period on, in place of what was said from that one on. */
export function writeOrigin(tx: Db, { name, from, countsPpm }: Origin): Promise<Origin> {
  return tx
    .insertInto('royalty_origins')
    .values({ name, from_period: from, counts_ppm: countsPpm })
    .onConflict((conflict) => conflict.columns(['name', 'from_period']).doUpdateSet({ counts_ppm: countsPpm }))
    .returning(originColumns)
    .executeTakeFirstOrThrow()
}

/** All that was said of origins, by name, the earliest period first. */
export function listOrigins(
  db: Db,
  { after, limit }: { after: readonly [name: string, from: string] | undefined; limit: number },
): Promise<Origin[]> {
  let query = db.selectFrom('royalty_origins').select(originColumns)
  if (after !== undefined) query = query.where(sql<boolean>`(name, from_period) > (${after[0]}, ${after[1]})`)
  return query.orderBy('name').orderBy('from_period').limit(limit).execute()
}

const policyColumns = [
  ...(['version', 'from_period as from', 'fee_rounding as feeRounding', 'minimum_seconds as minimumSeconds'] as const),
  ...(['minimum_payout_minor as minimumPayoutMinor', 'suspicious_seconds as suspiciousSeconds'] as const),
  'created_at as createdAt',
] as const

export interface NewPolicy {
  from: string
  feeRounding: 'none' | 'perListener'
  minimumSeconds: number
  minimumPayoutMinor: bigint
  suspiciousSeconds: number
}

/** Sets the rules from a period on, in place of those that were set from that one on: a new version. */
export async function writePolicy(tx: Db, policy: NewPolicy) {
  await tx.deleteFrom('royalty_policies').where('from_period', '=', policy.from).execute()
  return tx
    .insertInto('royalty_policies')
    .values({
      ...{ from_period: policy.from, fee_rounding: policy.feeRounding, minimum_seconds: policy.minimumSeconds },
      ...{ minimum_payout_minor: policy.minimumPayoutMinor, suspicious_seconds: policy.suspiciousSeconds },
    })
    .returning(policyColumns)
    .executeTakeFirstOrThrow()
}

/** All versions that hold from some period on, the latest period first, before one where it is given. */
export function listPolicies(db: Db, { before, limit }: { before: string | undefined; limit: number }) {
  let query = db.selectFrom('royalty_policies').select(policyColumns)
  if (before !== undefined) query = query.where('from_period', '<', before)
  return query.orderBy('from_period', 'desc').limit(limit).execute()
}
