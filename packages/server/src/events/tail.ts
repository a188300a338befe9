import type pg from 'pg'
import type { Logger } from 'pino'
import type { RoomId, UserId } from '../ids.ts'
import type { EventRow } from '../messages/timeline/store.ts'

export interface TailEphemeron {
  kind: string
  roomId: RoomId | null
  userId: UserId
  detail: string | null
}

export interface TailBatch {
  /** In the order of rooms and numbers. */
  events: EventRow[]
  ephemera: TailEphemeron[]
}

export interface Tail {
  /** Something may be there. */
  wake(): void
  /** From now on: what is committed after this will be handed over. Resolves once that is certain. */
  begin(): Promise<void>
  /** Nobody listens any more. */
  pause(): void
  close(): Promise<void>
}

export interface TailOptions {
  pool: pg.Pool
  log: Logger
  /** Handed over one after the other. */
  onBatch: (batch: TailBatch) => Promise<void>
  /** The database is not the one it was: what was handed over may not be true any more. */
  onReset: () => void
}

const readEveryMs = 250
const afterFailureMs = 500

interface Row extends Record<string, unknown> {
  source: 'token' | 'event' | 'ephemeron'
}

/**
 * Rows visible now that were not visible at the snapshot before: none is lost, whatever the order of commits, none comes
 * twice, and no open transaction holds the others up. One statement, so one snapshot.
 */
const query = `
  select 'token' as source, pg_current_snapshot()::text as detail, null as room_id, null::bigint as seq, null as kind,
    null::timestamptz as at, null as user_id, null::bigint as target, null as subject_id,
    pg_snapshot_xmax(pg_current_snapshot()) < pg_snapshot_xmin($1::pg_snapshot) as shared
  union all
  select 'event', detail, room_id, seq, kind, at, actor_id, target, subject_id, shared from room_events
    where xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
  union all
  select 'ephemeron', detail, room_id, id, kind, at, user_id, null, null, true from ephemera
    where xid >= pg_snapshot_xmin($1::pg_snapshot) and not pg_visible_in_snapshot(xid, $1::pg_snapshot)
  order by room_id nulls first, seq nulls first`

/** Follows the log of all rooms, once for all streams of this instance. */
export function createTail({ pool, log, onBatch, onReset }: TailOptions): Tail {
  let token: string | undefined
  let running: Promise<void> | undefined
  let isWoken = false
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  const round = async () => {
    const from = token
    if (from === undefined) return
    const { rows } = await pool.query<Row>({ name: 'events:tail', text: query, values: [from] })
    if (token !== from) return
    const batch = toBatch(rows)
    if (batch.isBehind) onReset()
    else if (batch.events.length + batch.ephemera.length > 0) await onBatch(batch)
    // What could not be handed over is read again.
    if (token === from) token = batch.token
  }
  const run = async () => {
    let waitMs = readEveryMs
    try {
      do {
        isWoken = false
        await round()
      } while (isWoken)
    } catch (error) {
      waitMs = afterFailureMs
      log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'the log could not be followed')
    }
    running = undefined
    if (!isClosed && token !== undefined) timer = setTimeout(start, waitMs).unref()
  }
  const start = () => {
    clearTimeout(timer)
    if (!isClosed) running ??= run()
  }
  return {
    wake() {
      if (token === undefined) return
      isWoken = true
      start()
    },
    async begin() {
      if (token !== undefined) return
      const { rows } = await pool.query<{ token: string }>('select pg_current_snapshot()::text as token')
      token ??= rows[0]?.token
      start()
    },
    pause() {
      token = undefined
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await running?.catch(() => {})
    },
  }
}

function toBatch(rows: readonly Row[]): TailBatch & { token: string | undefined; isBehind: boolean } {
  const batch: TailBatch & { token: string | undefined; isBehind: boolean } = {
    ...{ events: [], ephemera: [] },
    ...{ token: undefined, isBehind: false },
  }
  for (const row of rows) {
    const { source, detail, kind } = row
    if (source === 'token') {
      batch.token = String(detail)
      batch.isBehind = row.shared === true
    } else if (source === 'event') batch.events.push(toEvent(row))
    else {
      const { room_id: roomId, user_id: userId } = row
      batch.ephemera.push({ kind, roomId, userId, detail } as TailEphemeron)
    }
  }
  return batch
}

function toEvent(row: Row): EventRow {
  const { room_id: roomId, seq, kind, at, user_id: actorId, target, subject_id: subjectId, detail, shared } = row
  return { roomId, seq, kind, at, actorId, target, subjectId, detail, shared } as EventRow
}
