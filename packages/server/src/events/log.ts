import { type Expression, type SqlBool, sql } from 'kysely'
import type { Db } from '../db/connect.ts'
import type { RoomId, UserId } from '../ids.ts'

/** The kinds of durable events of a room. Readers skip kinds that they do not know. */
export type EventKind = 'room.created' | 'member.left' | 'message.sent'

export interface NewEvent {
  roomId: RoomId
  kind: EventKind
  actorId: UserId
}

/**
 * A statement that begins by writing the room's next event: `event` has its room_id, seq, actor_id and at.
 * The number is given out under the lock of the room's row, so number order is commit order, without gaps. Put it
 * last in a transaction: until the commit, the room's other writers wait. Where `unless` holds, nothing is written.
 */
export function withNextEvent(db: Db, { roomId, kind, actorId, unless }: NewEvent & { unless?: Expression<SqlBool> }) {
  return db
    .with('room', (qb) =>
      qb
        .updateTable('rooms')
        .set({ last_seq: sql`last_seq + 1`, last_event_at: sql`clock_timestamp()` })
        .where('id', '=', roomId)
        .$if(unless !== undefined, (update) => update.where((eb) => eb.not(unless ?? eb.lit(false))))
        .returning(['id', 'last_seq', 'last_event_at']),
    )
    .with('event', (qb) =>
      qb
        .insertInto('room_events')
        .columns(['room_id', 'seq', 'kind', 'actor_id', 'at'])
        .expression((eb) =>
          eb
            .selectFrom('room')
            .select([
              'id',
              'last_seq',
              eb.val<string>(kind).as('kind'),
              eb.val(actorId).as('actor_id'),
              'last_event_at',
            ]),
        )
        .returning(['room_id', 'seq', 'actor_id', 'at']),
    )
}

/** Writes an event that stands for itself; returns its number. */
export async function appendEvent(db: Db, event: NewEvent): Promise<number> {
  const row = await withNextEvent(db, event).selectFrom('event').select('seq').executeTakeFirstOrThrow()
  return Number(row.seq)
}
