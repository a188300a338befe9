import type { Db } from '../../db/connect.ts'
import { meetingId } from '../../ids.ts'
import { type MeetingProvider, ProviderError } from '../../providers/provider.ts'
import { endRoom, sendOut } from './rooms.ts'
import { peer } from './schema.ts'
import { findRunning, lockRoom, peopleIn, setLocked } from './store.ts'

/**
 * Rooms in the browsers of those who meet: this server has no more to do with it than to have them find each other. It knows
 * who is there by itself, so nobody has to ask.
 */
export function createPeer({ db }: { db: Db }): MeetingProvider {
  const inTransaction = <Result>(work: (tx: Db) => Promise<Result>) => db.transaction().execute(work)
  return {
    id: peer,
    capabilities: new Set(['end', 'listParticipants', 'kick', 'lock']),
    end: async (room) => ((await inTransaction((tx) => endRoom(tx, meetingId.parse(room)))) ? 'ended' : 'alreadyEnded'),
    async participants(room) {
      const running = await findRunning(db, meetingId.parse(room))
      const people = running === undefined ? [] : await peopleIn(db, running.id)
      return people.map((person) => ({ ...person, email: null, joinedAt: null }))
    },
    async kick(room, key, { ban = false }) {
      const isOut = await inTransaction((tx) => sendOut(tx, meetingId.parse(room), key, ban))
      if (!isOut) throw new ProviderError({ kind: 'notFound' }, 'Nobody of this key is in the room.')
    },
    async lock(room, locked) {
      const id = meetingId.parse(room)
      const isLocked = await inTransaction(async (tx) => {
        await lockRoom(tx, id)
        const running = await findRunning(tx, id)
        if (running !== undefined) await setLocked(tx, running.id, locked)
        return running !== undefined
      })
      if (!isLocked) throw new ProviderError({ kind: 'notFound' }, 'Nobody is in the room.')
    },
  }
}
