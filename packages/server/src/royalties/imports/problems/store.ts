import { sql } from 'kysely'
import type { Db } from '../../../db/connect.ts'
import type { ImportId } from '../../../ids.ts'

export interface NewProblem {
  line: number
  code: string
  message: string
  raw: string
}

/** Keeps rows that were not taken, as they came. */
export async function insertProblems(tx: Db, id: ImportId, problems: readonly NewProblem[]): Promise<void> {
  if (problems.length === 0) return
  await sql`
    insert into import_problems (import_id, line, code, message, raw)
    select ${id}, given.line, given.code, given.message, given.raw from unnest(
      ${problems.map(({ line }) => line)}::integer[], ${problems.map(({ code }) => code)}::text[],
      ${problems.map(({ message }) => message)}::text[], ${problems.map(({ raw }) => raw)}::text[]
    ) as given (line, code, message, raw)`.execute(tx)
}

const columns = ['line', 'code', 'message', 'raw', 'resolution', 'resolved_at as resolvedAt'] as const

/** Problems of an import in the order of lines, after one. */
export function listProblems(
  db: Db,
  { importId, open, after, limit }: { importId: ImportId; open: boolean; after: number; limit: number },
) {
  let query = db.selectFrom('import_problems').select(columns).where('import_id', '=', importId)
  if (open) query = query.where('resolution', 'is', null)
  return query.where('line', '>', after).orderBy('line').limit(limit).execute()
}

/** Problems by their lines, or open ones by their code, in the order of lines. */
export function findProblems(
  tx: Db,
  importId: ImportId,
  by: { lines: readonly number[] } | { code: string; limit: number },
) {
  const query = tx.selectFrom('import_problems').select(columns).where('import_id', '=', importId)
  if ('lines' in by) {
    return query
      .where((eb) => eb('line', '=', eb.fn.any(eb.val([...by.lines]))))
      .orderBy('line')
      .execute()
  }
  return query.where('resolution', 'is', null).where('code', '=', by.code).orderBy('line').limit(by.limit).execute()
}

export async function countOpen(tx: Db, importId: ImportId, code: string): Promise<number> {
  const row = await tx
    .selectFrom('import_problems')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('import_id', '=', importId)
    .where('resolution', 'is', null)
    .where('code', '=', code)
    .executeTakeFirstOrThrow()
  return Number(row.count)
}

/** How many there are of each code, those first that are most. */
export async function countByCode(db: Db, importId: ImportId): Promise<{ code: string; count: number }[]> {
  const rows = await db
    .selectFrom('import_problems')
    .select((eb) => ['code', eb.fn.countAll<bigint>().as('count')])
    .where('import_id', '=', importId)
    .groupBy('code')
    .orderBy('count', 'desc')
    .orderBy('code')
    .execute()
  return rows.map(({ code, count }) => ({ code, count: Number(count) }))
}

/** Says what was done about rows. */
export async function resolveProblems(
  tx: Db,
  importId: ImportId,
  lines: readonly number[],
  resolution: 'accepted' | 'late' | 'discarded',
): Promise<void> {
  await tx
    .updateTable('import_problems')
    .set({ resolution, resolved_at: sql`now()` })
    .where('import_id', '=', importId)
    .where((eb) => eb('line', '=', eb.fn.any(eb.val([...lines]))))
    .execute()
}

/** Rows that failed again: why, by now. */
export async function restateProblems(tx: Db, importId: ImportId, problems: readonly Omit<NewProblem, 'raw'>[]) {
  if (problems.length === 0) return
  await sql`
    update import_problems p set code = given.code, message = given.message from unnest(
      ${problems.map(({ line }) => line)}::integer[], ${problems.map(({ code }) => code)}::text[],
      ${problems.map(({ message }) => message)}::text[]
    ) as given (line, code, message)
    where p.import_id = ${importId} and p.line = given.line`.execute(tx)
}
