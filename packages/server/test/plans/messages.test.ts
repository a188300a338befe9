import {
  blocksOfPeers,
  findByUserNames,
  findMentioned,
  findPairs,
  findSentAmong,
  lockRooms,
  visibleAmong,
} from '../../src/messages/batch/store.ts'
import { blankMessage, listVersions, updateBody } from '../../src/messages/edits/store.ts'
import { listMessages, mentionsOf, recentMessages } from '../../src/messages/lists/store.ts'
import { deleteReaction } from '../../src/messages/reactions/store.ts'
import { advanceMark, listMarks, listReceipts, listUnread } from '../../src/messages/receipts/store.ts'
import { searchMessages } from '../../src/messages/search/store.ts'
import { findMessage, findSent, hasBlockedPeer, insertMessage } from '../../src/messages/store.ts'
import { openHouse, others, roomId, testPlans, userId } from './house.ts'

const { plansOf } = await openHouse()

const now = new Date()
const monthAgo = new Date(Date.now() - 30 * 86_400_000)
testPlans(plansOf, [
  [
    'messages of a room',
    (db) => listMessages(db, userId, { roomId, since: monthAgo, below: 100, limit: 50 }),
    /Index Scan Backward using messages_pkey[\s\S]*messages_sent|messages_sent[\s\S]*messages_pkey/,
  ],
  [
    'messages of a room between two times',
    (db) => listMessages(db, userId, { roomId, since: monthAgo, until: now, limit: 50 }),
    /messages_pkey/,
  ],
  [
    'messages of one sender in a room',
    (db) => listMessages(db, userId, { roomId, senderId: others[0]!, since: monthAgo, limit: 50 }),
    /messages_sender/,
  ],
  [
    'what is recent',
    (db) => recentMessages(db, userId, { since: monthAgo, limit: 50 }),
    /memberships_user[\s\S]*messages_sent/,
  ],
  [
    'what is recent, further on',
    (db) => recentMessages(db, userId, { since: monthAgo, after: [now, roomId, 100], limit: 50 }),
    /memberships_user[\s\S]*messages_sent/,
  ],
  [
    'what is recent from one sender',
    (db) => recentMessages(db, userId, { senderId: others[0]!, since: monthAgo, limit: 50 }),
    /memberships_user[\s\S]*messages_(sender|client_id_unique)/,
  ],
  ['what mentions me', (db) => mentionsOf(db, userId, { since: monthAgo, limit: 50 }), /messages_mentions/],
  ['a message', (db) => findMessage(db, userId, { roomId, seq: 7 }), /messages_pkey/],
  [
    'a message by client id',
    (db) => findSent(db, { roomId, senderId: userId, clientId: 'x' }),
    /messages_client_id_unique/,
  ],
  ['a direct room with whom one blocks', (db) => hasBlockedPeer(db, roomId, userId), /rooms_pkey/],
  [
    'sending',
    (db) =>
      insertMessage(db, {
        roomId,
        senderId: userId,
        clientId: 'new',
        body: 'x',
        contentHash: Buffer.from('x'),
        replyTo: null,
        mentions: [],
        attachments: [],
        clientSentAt: null,
      }),
    /rooms_pkey/,
  ],
  ['an edit', (db) => updateBody(db, { roomId, seq: 7, actorId: userId, body: 'y', mentions: [] }), /messages_pkey/],
  [
    'a deletion',
    (db) => blankMessage(db, { roomId, seq: 7, actorId: userId }),
    /(message_versions|reactions|messages)_pkey/,
  ],
  ['versions of a message', (db) => listVersions(db, { roomId, seq: 6, limit: 50 }), /message_versions_pkey/],
  ['a reaction', (db) => deleteReaction(db, { roomId, seq: 6, userId, emoji: 'x' }), /reactions_pkey|rooms_pkey/],
  ['a mark', (db) => advanceMark(db, { roomId, userId, seq: 20, kind: 'read' }), /room_members_(user|pkey)/],
  ['marks of a room', (db) => listMarks(db, { roomId, limit: 50 }), /room_members_pkey/],
  ['receipts of a message', (db) => listReceipts(db, { roomId, seq: 20, limit: 50 }), /receipt_log_pkey/],
  [
    'what is unread',
    (db) => listUnread(db, userId, { most: 1_000, limit: 1_000 }),
    /room_members_user[\s\S]*messages_(pkey|sent)|messages_(pkey|sent)[\s\S]*room_members_user/,
  ],
  [
    'what is unread in some rooms',
    (db) => listUnread(db, userId, { roomIds: [roomId], most: 1_000, limit: 1_000 }),
    /room_members_(user|pkey)[\s\S]*messages_(pkey|sent)/,
  ],
  ['a search', (db) => searchMessages(db, userId, { query: 'body of', limit: 50 }), /messages_(words|pkey|sent)/],
  [
    'a search in a room',
    (db) => searchMessages(db, userId, { query: 'bod', roomId, senderId: others[0]!, limit: 50 }),
    /messages_/,
  ],
  ['people by their names', (db) => findByUserNames(db, ['ann', 'bob']), /users_user_name_unique/],
  ['direct rooms', (db) => findPairs(db, others[0]!, others), /direct_rooms_pkey/],
  [
    'messages that are answered',
    (db) =>
      visibleAmong(db, userId, [
        { roomId, seq: 7 },
        { roomId, seq: 8 },
      ]),
    /messages_pkey/,
  ],
  [
    'whom a batch mentions',
    (db) => findMentioned(db, [roomId], ['ann', 'bob']),
    /users_user_name_unique[\s\S]*room_members/,
  ],
  ['the rooms of a batch', (db) => lockRooms(db, [roomId, 'rom_7']), /rooms_pkey/],
  [
    'what a batch has sent before',
    (db) =>
      findSentAmong(db, [
        { roomId, senderId: userId, clientId: 'x' },
        { roomId, senderId: userId, clientId: 'y' },
      ]),
    /messages_client_id_unique/,
  ],
  ['blocks in direct rooms', (db) => blocksOfPeers(db, [{ roomId, senderId: userId }]), /room_members_pkey/],
])
