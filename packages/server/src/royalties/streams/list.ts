import { z } from 'zod'
import type { Db } from '../../db/connect.ts'
import { ApiError } from '../../errors.ts'
import { decodeCursor, toPage } from '../../page.ts'
import { findListener } from '../listeners/store.ts'
import { findTrack } from '../tracks/store.ts'
import { shownStream } from './change.ts'
import type { listInput } from './schema.ts'
import { importKeyOf, listStreams, listStreamsOf, listStreamsOfImport, type StreamsPage } from './store.ts'

type Wanted = z.infer<typeof listInput>

const number = z
  .string()
  .regex(/^\d{1,18}$/)
  .transform(BigInt)
const key = z.int32()

/**
 * A page of the streams of a period. Each filter has the order that an index has.
 * @throws BAD_CURSOR, UNKNOWN_LISTENER, UNKNOWN_TRACK, NOT_FOUND
 */
export async function pageOfStreams(db: Db, input: Wanted) {
  const { items, nextCursor } = await page(db, input, await keysOf(db, input))
  return { items: items.map(shownStream), nextCursor }
}

type Keys = Pick<StreamsPage, 'listenerKey' | 'trackKey' | 'importKey'>

async function page(db: Db, { limit, cursor, period, flagged }: Wanted, keys: Keys) {
  const wanted = { ...keys, period, flagged, limit: limit + 1 }
  const { importKey } = keys
  if (importKey !== undefined) {
    const [after] = decodeCursor(cursor, z.tuple([key])) ?? []
    return toPage(await listStreamsOfImport(db, { ...wanted, importKey, after }), limit, ({ line }) => [line])
  }
  if (keys.listenerKey !== undefined || keys.trackKey !== undefined) {
    const [after] = decodeCursor(cursor, z.tuple([number])) ?? []
    return toPage(await listStreamsOf(db, { ...wanted, after }), limit, ({ id }) => [String(id)])
  }
  const after = decodeCursor(cursor, z.tuple([key, number]))
  return toPage(await listStreams(db, { ...wanted, after }), limit, (row) => [row.listenerKey, String(row.id)])
}

async function keysOf(db: Db, { listenerId, trackId, importId }: Wanted): Promise<Keys> {
  const listener = listenerId && (await findListener(db, { listenerId }))
  if (listenerId !== undefined && listener === undefined)
    throw new ApiError('UNKNOWN_LISTENER', { field: 'listenerId' })
  const track = trackId && (await findTrack(db, { trackId }))
  if (trackId !== undefined && track === undefined) throw new ApiError('UNKNOWN_TRACK', { field: 'trackId' })
  const importKey = importId && (await importKeyOf(db, importId))
  if (importId !== undefined && importKey === undefined) throw new ApiError('NOT_FOUND', { field: 'importId' })
  return { listenerKey: listener?.key, trackKey: track?.key, importKey }
}
