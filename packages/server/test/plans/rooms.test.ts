import { blocksOf, intervalsOf, marksOf, roomsOfListeners, whoSeePresence } from '../../src/events/store.ts'
import {
  bannedAmong,
  findMember,
  findMembers,
  hasOthers,
  listBans,
  listMembers,
  lockRoom,
} from '../../src/messages/members/store.ts'
import { findExpired, listDueRooms } from '../../src/messages/rooms/retention/store.ts'
import {
  findDirectRoom,
  findMentionable,
  findRoom,
  findStandingIn,
  listRooms,
  roomsAfter,
  roomsInSight,
  roomsOfMember,
} from '../../src/messages/rooms/store.ts'
import { readLog, readMembers, readMessages, readRoomStates } from '../../src/messages/timeline/store.ts'
import { findIntervals, readableRooms, roomsEverIn } from '../../src/messages/visible/store.ts'
import { openHouse, others, roomId, testPlans, userId } from './house.ts'

const { plansOf } = await openHouse()
const down = ['down', [new Date(), roomId], new Date(), roomId] as const

testPlans(plansOf, [
  ['membership', (db) => roomsOfMember(db, userId, [roomId]), /Index.*room_members/],
  ['rooms in sight', (db) => roomsInSight(db, userId, [roomId]), /rooms_pkey/],
  ['rooms to read', (db) => readableRooms(db, userId, [roomId]), /memberships/],
  ['rooms ever in', (db) => roomsEverIn(db, userId, [roomId]), /memberships/],
  ['rooms of a user', (db) => listRooms(db, userId, { scope: 'mine', limit: 50 }), /room_members_user/],
  [
    'rooms of a user, further on',
    (db) => listRooms(db, userId, { scope: 'mine', from: [...down], limit: 50 }),
    /room_members_user/,
  ],
  [
    'rooms with somebody',
    (db) => listRooms(db, userId, { scope: 'mine', userId: others[0]!, limit: 50 }),
    /room_members_user/,
  ],
  ['open rooms', (db) => listRooms(db, userId, { scope: 'open', limit: 50 }), /rooms_open/],
  ['all rooms', (db) => listRooms(db, userId, { scope: 'all', limit: 50 }), /rooms_pkey/],
  ['rooms to export', (db) => roomsAfter(db, userId, '', 200), /room_members_user/],
  ['a room', (db) => findRoom(db, userId, roomId), /rooms_pkey/],
  ['a direct room', (db) => findDirectRoom(db, userId, others[0]!), /direct_rooms_pkey/],
  ['standing in a room', (db) => findStandingIn(db, roomId, userId), /rooms_pkey/],
  ['whom a text mentions', (db) => findMentionable(db, roomId, ['u7', 'u8']), /users_user_name_unique|room_members/],
  ['a room to lock', (db) => lockRoom(db, roomId), /rooms_pkey/],
  ['a member', (db) => findMember(db, roomId, userId), /room_members/],
  ['some members', (db) => findMembers(db, roomId, others), /room_members/],
  ['others in a room', (db) => hasOthers(db, roomId, userId), /room_members/],
  ['members', (db) => listMembers(db, roomId, { limit: 50 }), /room_members_pkey/],
  ['bans', (db) => listBans(db, roomId, { limit: 50 }), /room_bans_pkey/],
  ['who is banned', (db) => bannedAmong(db, roomId, others), /room_bans_pkey/],
  ['rooms to purge', (db) => listDueRooms(db, undefined, 100), /rooms_retention/],
  ['what is past its time', (db) => findExpired(db, roomId, 30), /messages_pkey/],
  ['intervals', (db) => findIntervals(db, roomId, userId), /memberships_(pkey|user)/],
  ['the log of a room', (db) => readLog(db, { roomId, after: 3_900n, limit: 200 }), /room_events_pkey/],
  [
    'messages of events',
    (db) =>
      readMessages(db, [
        { roomId, seq: 7n },
        { roomId, seq: 8n },
      ]),
    /messages_pkey/,
  ],
  ['members of events', (db) => readMembers(db, [{ roomId, userId }]), /room_members/],
  ['rooms of events', (db) => readRoomStates(db, [roomId]), /rooms_pkey/],
  [
    'rooms of streams',
    (db) => roomsOfListeners(db, [userId, ...others.slice(0, 3)]),
    /room_members_user[\s\S]*memberships_/,
  ],
  ['blocks of streams', (db) => blocksOf(db, others.slice(0, 4)), /blocks_pkey/],
  ['intervals of streams', (db) => intervalsOf(db, [roomId], [userId, ...others]), /memberships_/],
  ['marks that moved', (db) => marksOf(db, [roomId], [userId]), /room_members/],
  ['who sees presence', (db) => whoSeePresence(db, [userId], others), /room_members_user[\s\S]*friendships_/],
])
