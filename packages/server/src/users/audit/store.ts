import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'
import type { UserId } from '../../ids.ts'

export interface AuditFilter {
  userId?: UserId | undefined
  target?: string | undefined
  action?: string | undefined
}

/** Lines of the audit log, newest first. */
export function listAudit(db: Db, filter: AuditFilter, page: { below?: bigint | undefined; limit: number }) {
  let query = db
    .selectFrom('audit_log')
    .select([
      'id',
      'at',
      'action',
      'user_id as userId',
      'key_id as apiKeyId',
      'service',
      'target',
      'address',
      'request_id as requestId',
      'details',
    ])
    .orderBy('id', 'desc')
    .limit(page.limit)
  if (filter.userId !== undefined) query = query.where('user_id', '=', filter.userId)
  if (filter.target !== undefined) query = query.where('target', '=', filter.target)
  if (filter.action !== undefined) query = query.where('action', '=', filter.action)
  if (page.below !== undefined) query = query.where('id', '<', page.below)
  return query.execute()
}

const keptFor = sql`interval '30 days'`

/** Addresses older than 30 days become networks: the last number of IPv4, all but 48 bits of IPv6 go. */
export async function cutOldAddresses(db: Db): Promise<void> {
  await sql`update audit_log set address = ${networkIn(sql`address`)}
    where address is not null and at < now() - ${keptFor} and address not like '%/%'`.execute(db)
  await sql`update devices set address = ${networkIn(sql`address`)}
    where address is not null and last_seen_at < now() - ${keptFor} and address not like '%/%'`.execute(db)
}

function networkIn(address: ReturnType<typeof sql>) {
  return sql`case when ${address} ~ '^[0-9.]+$' then network(set_masklen(${address}::inet, 24))::text
    when ${address} ~ '^[0-9a-f:.]+$' then network(set_masklen(${address}::inet, 48))::text end`
}
