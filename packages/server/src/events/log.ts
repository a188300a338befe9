import { type Expression, type SqlBool, sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { RoomId, UserId } from '../ids.ts'

/** The kinds of durable events of a room. Readers skip kinds that they do not know. */
export const eventKinds = [
  ...(['room.created', 'room.updated', 'room.purged', 'room.removed'] as const),
  ...(['member.joined', 'member.left', 'member.removed', 'member.changed'] as const),
  ...(['message.sent', 'message.edited', 'message.deleted', 'message.reacted'] as const),
] as const

export type EventKind = (typeof eventKinds)[number]

const departures: ReadonlySet<EventKind> = new Set(['member.left', 'member.removed', 'room.removed'])

export interface NewEvent {
  roomId: RoomId
  kind: EventKind
  actorId: UserId
  /** The number of the message that it is about, where that is another than its own. */
  target?: number | bigint
  /** The user that it is about. */
  subjectId?: UserId
  /** A number or a word more. */
  detail?: string
}

/**
 * A statement that begins by writing the room's next event: `event` has its room_id, seq, actor_id, at and shared.
 * The number is given out under the lock of the room's row, so number order is commit order, without gaps. Put it
 * last in a transaction: until the commit, the room's other writers wait. Where `unless` holds, nothing is written.
 */
export function withNextEvent(db: Db, { unless, ...event }: NewEvent & { unless?: Expression<SqlBool> }) {
  const { roomId, kind, actorId, target = null, subjectId = null, detail = null } = event
  return db
    .with('room', (qb) =>
      qb
        .updateTable('rooms')
        .set({
          last_seq: sql`last_seq + 1`,
          shared_until: sql`case when history = 'shared' then last_seq + 1 else shared_until end`,
          // Purging is no activity; and no clock that is set back makes the room older.
          ...(kind !== 'room.purged' && { last_event_at: sql`greatest(last_event_at, clock_timestamp())` }),
          ...(departures.has(kind) && { departed_seq: sql`last_seq + 1` }),
        })
        .where('id', '=', roomId)
        .$if(unless !== undefined, (update) => update.where((eb) => eb.not(unless ?? eb.lit(false))))
        .returning(['id', 'last_seq', 'last_event_at', 'history']),
    )
    .with('event', (qb) =>
      qb
        .insertInto('room_events')
        .columns(['room_id', 'seq', 'kind', 'actor_id', 'at', 'target', 'subject_id', 'detail', 'shared'])
        .expression((eb) =>
          eb
            .selectFrom('room')
            .select([
              'id',
              'last_seq',
              eb.val<string>(kind).as('kind'),
              eb.val(actorId).as('actor_id'),
              kind === 'room.purged' ? sql<Date>`clock_timestamp()`.as('at') : 'last_event_at',
              sql<bigint | null>`${target}::bigint`.as('target'),
              sql<UserId | null>`${subjectId}::text`.as('subject_id'),
              sql<string | null>`${detail}::text`.as('detail'),
              sql<boolean>`history = 'shared'`.as('shared'),
            ]),
        )
        .returning(['room_id', 'seq', 'actor_id', 'at', 'shared']),
    )
}

/** Writes an event that stands for itself; returns its number. */
export async function appendEvent(db: Db, event: NewEvent): Promise<number> {
  const row = await withNextEvent(db, event).selectFrom('event').select('seq').executeTakeFirstOrThrow()
  return Number(row.seq)
}
