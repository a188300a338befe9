import { fileURLToPath } from 'node:url'
import pg from 'pg'

export const tablesFile = fileURLToPath(new URL('../src/db/tables.gen.ts', import.meta.url))

/** Ids by the table they name; a column gets the type by its foreign key or by ending in `<singular>_id`. */
const idTypes: Record<string, string> = {
  users: 'UserId',
  devices: 'DeviceId',
  rooms: 'RoomId',
  meetings: 'MeetingId',
  meeting_rooms: 'MeetingRoomId',
  sessions: 'SessionId',
  provider_connections: 'ConnectionId',
  calendar_feeds: 'CalendarFeedId',
  recordings: 'RecordingId',
  recording_files: 'RecordingFileId',
  recording_links: 'RecordingLinkId',
  recording_views: 'RecordingViewId',
  api_keys: 'ApiKeyId',
  keys: 'ApiKeyId',
  mail_tokens: 'MailTokenId',
  uploads: 'UploadId',
  labels: 'LabelId',
  tracks: 'TrackId',
  listeners: 'ListenerId',
  imports: 'ImportId',
  import_sources: 'SourceId',
  royalty_runs: 'RunId',
  royalty_adjustments: 'AdjustmentId',
  royalty_payments: 'PaymentId',
  ledger_accounts: 'AccountId',
  ledger_transactions: 'TransactionId',
}

/** Lists of ids, by the name of their column. */
const idLists: Record<string, string> = { mentions: 'UserId' }

const typesOf: Record<string, string> = {
  text: 'string',
  int4: 'number',
  bool: 'boolean',
  bytea: 'Buffer',
  timestamptz: 'Timestamp',
  int8: 'Int8',
  xid8: 'string',
  _text: 'string[]',
  tsvector: 'string',
  jsonb: 'Json',
  date: 'string',
  numeric: 'Numeric',
  int8multirange: 'string',
}

interface Column {
  table: string
  column: string
  type: string
  nullable: boolean
  defaulted: boolean
  comment: string | null
  target: string | null
  check: string | null
}

const columnsQuery = `
  select c.relname as table, a.attname as column, t.typname as type, not a.attnotnull as nullable,
    a.atthasdef or a.attidentity <> '' as defaulted, col_description(c.oid, a.attnum) as comment,
    (select f.relname from pg_constraint k join pg_class f on f.oid = k.confrelid
      where k.conrelid = c.oid and k.contype = 'f' and k.conkey = array[a.attnum] limit 1) as target,
    (select pg_get_constraintdef(k.oid) from pg_constraint k
      where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum]
        and pg_get_constraintdef(k.oid) like '%ANY (ARRAY[%' limit 1) as check
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
  order by c.relname, a.attnum`

/** The TypeScript of the tables in a database. */
export async function tableTypes(connection: pg.ClientConfig): Promise<string> {
  const client = new pg.Client(connection)
  await client.connect()
  try {
    const { rows } = await client.query<Column>(columnsQuery)
    const tables = Map.groupBy(rows, ({ table }) => table)
    const used = new Set<string>()
    const body = [...tables].map(([table, columns]) => {
      const fields = columns.map((column) => field(column, used)).join('\n')
      return `export interface ${interfaceName(table)} {\n${fields}\n}\n`
    })
    const index = [...tables.keys()].map((table) => `  ${table}: ${interfaceName(table)}`).join('\n')
    return [
      "// Generated from the migrated database by `pnpm gen`. Do not edit.\nimport type { ColumnType } from 'kysely'",
      `import type { ${[...used].sort().join(', ')} } from '../ids.ts'\n`,
      'type Generated<T> = T extends ColumnType<infer S, infer I, infer U> ? ColumnType<S, I | undefined, U> : ColumnType<T, T | undefined, T>',
      'type Timestamp = ColumnType<Date, Date | string, Date | string>',
      'type Int8 = ColumnType<bigint, bigint | number, bigint | number>',
      'type Numeric = ColumnType<string, string | bigint, string | bigint>',
      'type Json = ColumnType<unknown, string, string>\n',
      ...body,
      `export interface Tables {\n${index}\n}\n`,
      `export const tableNames = ${JSON.stringify([...tables.keys()], null, 2).replaceAll('"', "'")} as const satisfies (keyof Tables)[]\n`,
    ].join('\n')
  } finally {
    await client.end()
  }
}

function field(
  { table, column, type, nullable, defaulted, comment, target, check }: Column,
  used: Set<string>,
): string {
  const named =
    column === 'id' ? idTypes[table] : (idTypes[target ?? ''] ?? idTypes[`${/([a-z]+)_id$/.exec(column)?.[1]}s`])
  const id = type === 'text' ? named : undefined
  if (id !== undefined) used.add(id)
  const listed = idLists[column]
  if (listed !== undefined) used.add(listed)
  const literals = check?.match(/'[^']+'(?=::text)/g)?.join(' | ')
  const plain = id ?? (listed && `${listed}[]`) ?? literals ?? typesOf[type]
  if (plain === undefined) throw new Error(`No TypeScript type is known for ${table}.${column} of type ${type}.`)
  const full = nullable ? `${plain} | null` : plain
  const doc = comment === null ? '' : `  /** ${comment} */\n`
  return `${doc}  ${column}: ${defaulted ? `Generated<${full}>` : full}`
}

function interfaceName(table: string): string {
  return table.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
