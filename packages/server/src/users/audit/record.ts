import type { Auth } from '../../access.ts'
import type { Db } from '../../db/connect.ts'

/** Who does something, and from where. A procedure's context is one. */
export interface Doer {
  readonly auth: Auth
  readonly requestId: string | null
  readonly address: string | null
}

export interface AuditEntry {
  /** The procedure's path, or what it came to: `users.signIn`, `users.signIn.refused`. */
  action: string
  /** The id of the thing it was done to. */
  target?: string | null
  /** More, in ids and words of ours: never names, addresses or secrets. */
  details?: Record<string, string>
}

/** Writes a line of the audit log, in the transaction of its cause. */
export async function audit(db: Db, { auth, requestId, address }: Doer, entry: AuditEntry): Promise<void> {
  const key = auth.kind === 'anyone' ? null : auth.key
  await db
    .insertInto('audit_log')
    .values({
      action: entry.action,
      user_id: auth.kind === 'user' ? auth.userId : null,
      key_id: key?.id ?? null,
      service: key?.kind === 'service' ? key.name : null,
      target: entry.target ?? null,
      address,
      request_id: requestId,
      details: JSON.stringify(entry.details ?? {}),
    })
    .execute()
}
