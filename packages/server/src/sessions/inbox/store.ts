import { sql } from 'kysely'
import type { Db } from '../../db/connect.ts'

/** What a provider sent by itself, and was known to be its own. */
export interface Told {
  /** Of a connection, or of a provider that takes none. */
  readonly source: string
  readonly provider: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
  /** The same for one event however often it comes. */
  readonly dedupeKey: Buffer
}

/** Takes in what was told, as it came; it is folded later. Whether it was known already. */
export async function takeIn(db: Db, { source, provider, headers, body, dedupeKey }: Told): Promise<'new' | 'known'> {
  return db.transaction().execute(async (tx) => {
    const row = await tx
      .insertInto('provider_inbox')
      .values({ source, dedupe_key: dedupeKey, headers: JSON.stringify(headers), body })
      .onConflict((conflict) => conflict.columns(['source', 'dedupe_key']).doNothing())
      .returning('id')
      .executeTakeFirst()
    await noteHeard(tx, { source, provider })
    return row === undefined ? 'known' : 'new'
  })
}

/** Notes that a source told something by itself. */
export async function noteHeard(db: Db, { source, provider }: Pick<Told, 'source' | 'provider'>): Promise<void> {
  await db
    .insertInto('provider_sources')
    .values({ id: source, provider, heard_at: sql`now()` })
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ heard_at: sql`now()` })
        // Many come at once: which of them was the last does not matter to the second.
        .where(sql<boolean>`coalesce(provider_sources.heard_at < now() - interval '1 second', true)`),
    )
    .execute()
}
