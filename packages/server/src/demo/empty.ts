import { sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import { tableNames } from '../db/tables.gen.ts'

/** What is no content: the schema, and the name of the folder of files, whose sweep removes those of the emptied tables. */
const kept = ['antiphon_migrations', 'file_store']

/** Empties every table of Antiphon and its queue of jobs, closed accounts too; the schema stays. */
export async function emptyDatabase(db: Db): Promise<void> {
  const names = tableNames.filter((name) => !kept.includes(name))
  await db.transaction().execute(async (tx) => {
    // Their triggers keep what is closed, and the ledger.
    const { rows: guarded } = await sql<{ name: string }>`
      select distinct relname as name from pg_trigger join pg_class on pg_class.oid = tgrelid
      where not tgisinternal and relnamespace = current_schema()::regnamespace and relname = any(${names})
      order by relname`.execute(tx)
    for (const { name } of guarded) await sql`alter table ${sql.table(name)} disable trigger user`.execute(tx)
    await sql`truncate ${sql.join(names.map((name) => sql.table(name)))}`.execute(tx)
    for (const { name } of guarded) await sql`alter table ${sql.table(name)} enable trigger user`.execute(tx)
    await restoreTerms(tx)
  })
  await sql`delete from graphile_worker._private_jobs`.execute(db)
}

/** What an empty database begins with. */
async function restoreTerms(tx: Db): Promise<void> {
  await sql`insert into royalty_origins (name, from_period, counts_ppm)
    values ('app_store', '0001-01', 700000), ('web', '0001-01', 900000)`.execute(tx)
  await sql`
    insert into royalty_policies (from_period, fee_rounding, minimum_seconds, minimum_payout_minor, suspicious_seconds)
    values ('0001-01', 'none', 30, 0, 86400)`.execute(tx)
}
