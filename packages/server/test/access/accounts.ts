import type { LabelId, ListenerId, TrackId, UserId } from '@antiphon/client'
import type { Db } from '../../src/db/connect.ts'
import { newId } from '../../src/ids.ts'
import { insertLabel, insertMember } from '../../src/royalties/labels/store.ts'
import { setFee } from '../../src/royalties/listeners/fees.ts'
import { insertListener } from '../../src/royalties/listeners/store.ts'
import { monthAfter } from '../../src/royalties/periods/month.ts'
import { enterStream } from '../../src/royalties/streams/change.ts'
import { insertTrack, replaceRights } from '../../src/royalties/tracks/store.ts'

/** What is in the accounts: `related` is a member of the label, the owner is the listener. */
export interface Accounts {
  /** A month of its own for each world, later than those before. */
  period: string
  labelId: LabelId
  trackId: TrackId
  listenerId: ListenerId
  /** Heard by the listener in the period. */
  streamId: bigint
}

export const noAccounts = (): Accounts => ({
  ...{ period: '2026-10', labelId: newId('label'), trackId: newId('track'), listenerId: newId('listener') },
  streamId: 999_999n,
})

let period = '1900-01'

/** What royalties are about, as little of it as there can be. */
export async function keepAccounts(db: Db, ownerId: UserId, memberId: UserId): Promise<Accounts> {
  period = monthAfter(period)
  return db.transaction().execute(async (tx) => {
    const labelId = newId('label')
    await insertLabel(tx, labelId, { kind: 'label', name: labelId, nameKey: labelId })
    await insertMember(tx, labelId, memberId)
    const track = await insertTrack(tx, { externalId: labelId, title: null, isrc: null })
    await replaceRights(tx, track.key, { from: period, shares: [{ labelId, sharePpm: 1_000_000 }] })
    const listener = await insertListener(tx, { externalId: labelId, userId: ownerId })
    await setFee(tx, listener.key, { period, grossMinor: 1_000n, currency: 'EUR', origin: 'web', plan: '' })
    const heard = { listenerId: listener.id, trackId: track.id, playedOn: `${period}-01`, seconds: 60, region: '' }
    const auth = { kind: 'user', userId: ownerId, roles: [], deviceId: null, key: null, acting: false } as const
    const { id } = await enterStream(tx, { ...heard, late: false }, { auth, reason: '' })
    return { period, labelId, trackId: track.id, listenerId: listener.id, streamId: id }
  })
}
