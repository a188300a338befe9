import { noteRoomOf, unsettleRoom } from '../../src/meetings/rooms/store.ts'
import { deleteRemoved } from '../../src/meetings/traces/store.ts'
import {
  breakConnection,
  callsToday,
  claimToken,
  countCalls,
  findAccount,
  findToken,
  listAccounts,
  listConnections,
  mendConnection,
  pauseSource,
  removeConnection,
  saveToken,
} from '../../src/sessions/connections/store.ts'
import { takeIn } from '../../src/sessions/inbox/store.ts'
import { connectionId, meetingId, openHouse, testPlans } from './house.ts'

const { plansOf } = await openHouse()
const token = Buffer.from('x')
const told = { source: connectionId, provider: 'zoom', headers: {}, body: token, dedupeKey: token }

testPlans(plansOf, [
  ['an account', (db) => findAccount(db, connectionId), /provider_connections_(present|pkey)/],
  ['all accounts', (db) => listAccounts(db, 200), /provider_connections_(present|pkey)/],
  ['how one does', (db) => listConnections(db, { id: connectionId, limit: 1 }), /provider_connections_(present|pkey)/],
  ['calls of today', (db) => callsToday(db, [connectionId, 'con_2']), /provider_calls_pkey/],
  ['a call', (db) => countCalls(db, connectionId, 'light', 1), /Insert/],
  ['a token', (db) => findToken(db, connectionId), /provider_connections_(present|pkey)/],
  ['who asks for another', (db) => claimToken(db, connectionId, 1), /provider_connections_(present|pkey)/],
  [
    'another token',
    (db) => saveToken(db, connectionId, { token, until: new Date() }),
    /provider_connections_(present|pkey)/,
  ],
  [
    'one that broke',
    (db) => breakConnection(db, connectionId, { problem: 'x', cause: 'anything' }),
    /provider_connections_(present|pkey)/,
  ],
  ['one that works again', (db) => mendConnection(db, connectionId), /provider_connections_(present|pkey)/],
  ['a pause', (db) => pauseSource(db, { id: connectionId, provider: 'zoom' }, new Date()), /Insert/],
  ['what was told', (db) => takeIn(db, told), /Insert/],
  [
    'one that is removed',
    (db) => removeConnection(db, connectionId, 'x'),
    /provider_(connections|sources)_pkey|_dedupe_key_key|meeting_rooms_source|meetings_connection/,
  ],
  [
    'the room of a meeting',
    (db) => noteRoomOf(db, { meetingId, externalId: 'x', joinUrl: null }),
    /meetings_pkey|meeting_rooms_meeting/,
  ],
  ['a meeting that changed', (db) => unsettleRoom(db, meetingId), /meetings_pkey/],
  ['a meeting that is purged', (db) => deleteRemoved(db, meetingId), /meetings_(pkey|removed)/],
])
