import { newId } from '../../src/ids.ts'
import { findApiKey, listApiKeys } from '../../src/users/apiKeys/store.ts'
import { listAudit } from '../../src/users/audit/store.ts'
import { listBlocks } from '../../src/users/blocks/store.ts'
import { addressesOf, findDevice, listDevices, signedInDevices } from '../../src/users/devices/store.ts'
import { auditAfter, friendshipsAfter, sentAfter } from '../../src/users/export/store.ts'
import { countOutgoing, findFriend, listFriends } from '../../src/users/friends/store.ts'
import { findMailToken } from '../../src/users/mail/store.ts'
import { readPresences, whoShowPresence } from '../../src/users/presence/store.ts'
import { findCredentials, findUser, isBlockedEitherWay, listUsers } from '../../src/users/store.ts'
import { openHouse, others, testPlans, userId } from './house.ts'

const { plansOf } = await openHouse()

const always = { seenAfter: new Date(0), createdAfter: new Date(0) }

testPlans(plansOf, [
  ['a token', (db) => findDevice(db, newId('device')), /Index Scan using devices_pkey/],
  ['a key', (db) => findApiKey(db, newId('apiKey')), /Index Scan using api_keys_pkey/],
  ['devices of live streams', (db) => signedInDevices(db, [newId('device'), newId('device')], always), /devices_pkey/],
  ['devices of a user', (db) => listDevices(db, userId, { ...always, limit: 50 }), /devices_user/],
  ['places of a user', (db) => addressesOf(db, userId), /devices_user/],
  ['keys of a user', (db) => listApiKeys(db, { ownerId: userId, limit: 50 }), /api_keys_owner/],
  ['keys of services', (db) => listApiKeys(db, { ownerId: null, limit: 50 }), /api_keys_owner|api_keys_pkey/],
  ['a mailed link', (db) => findMailToken(db, newId('mailToken')), /mail_tokens_pkey/],
  ['a friend', (db) => findFriend(db, userId, newId('user')), /friendships_(pkey|high)/],
  ['friends', (db) => listFriends(db, userId, { state: 'accepted', limit: 50 }), /friendships_(pkey|high)/],
  ['requests to me', (db) => listFriends(db, userId, { state: 'incoming', limit: 50 }), /friendships_(pkey|high)/],
  ['requests of mine', (db) => countOutgoing(db, userId, 1_000), /friendships_(pkey|high)/],
  ['blocks', (db) => listBlocks(db, userId, { limit: 50 }), /blocks_pkey/],
  ['a block either way', (db) => isBlockedEitherWay(db, userId, newId('user')), /blocks_(pkey|blocked)/],
  ['who shows presence', (db) => whoShowPresence(db, userId, others), /friendships_[\s\S]*room_members_(user|pkey)/],
  ['presences', (db) => readPresences(db, userId, others), /presences_pkey/],
  ['the audit log', (db) => listAudit(db, {}, { limit: 50 }), /audit_log_pkey/],
  ['the audit log of a user', (db) => listAudit(db, { userId }, { limit: 50 }), /audit_log_user/],
  ['the audit log of a thing', (db) => listAudit(db, { target: userId }, { limit: 50 }), /audit_log_target/],
  ['what was audited of me', (db) => auditAfter(db, userId, 5n, 200), /audit_log_user/],
  ['what I sent', (db) => sentAfter(db, userId, ['', 0n], 200), /messages_sender/],
  ['friendships to export', (db) => friendshipsAfter(db, userId, '', 200), /friendships_(pkey|high)/],
  ['a user by id', (db) => findUser(db, { userId }), /users_pkey/],
  ['a user by name', (db) => findUser(db, { userName: 'ann' }), /users_user_name_unique/],
  ['a user by e-mail address', (db) => findUser(db, { email: 'a@b.c' }), /users_email_unique/],
  ['credentials', (db) => findCredentials(db, 'ann'), /users_user_name_unique/],
  [
    'users by prefix',
    (db) => listUsers(db, userId, { prefix: 'a', after: 'ab', limit: 50 }),
    /Index.*users_user_name_unique/,
  ],
])
