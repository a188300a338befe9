import { newId } from '../../src/ids.ts'
import { isNumber, unlinkUploads } from '../../src/messages/attachments/store.ts'
import { setAvatar } from '../../src/uploads/avatars/store.ts'
import {
  findComplete,
  findUpload,
  findUploads,
  holdingsOf,
  noteReceived,
  readableUploads,
  takeWriting,
  uploadsAfter,
  uploadsOf,
} from '../../src/uploads/store.ts'
import {
  dueUploads,
  holdUploads,
  keepUploads,
  lockDue,
  releaseUnused,
  uploadsWithBytes,
} from '../../src/uploads/uses/store.ts'
import { openHouse, roomId, testPlans, userId } from './house.ts'

const { plansOf } = await openHouse()
const id = newId('upload')
const ids = [id, newId('upload')]

testPlans(plansOf, [
  ['an upload', (db) => findUpload(db, id), /uploads_pkey/],
  ['a complete upload', (db) => findComplete(db, id), /uploads_pkey/],
  ['uploads of a message', (db) => findUploads(db, ids), /uploads_pkey/],
  ['uploads of a user', (db) => uploadsOf(db, userId, ids), /uploads_(pkey|owner)/],
  ['uploads to export', (db) => uploadsAfter(db, userId, '', 200), /uploads_owner/],
  ['what a user has', (db) => holdingsOf(db, userId), /uploads_owner/],
  [
    'who reads',
    (db) => readableUploads(db, userId, [id]),
    /uploads_pkey[\s\S]*users_avatar[\s\S]*message_uploads_upload[\s\S]*rooms_avatar/,
  ],
  ['a writer', (db) => takeWriting(db, { id, writer: 'x', offset: 0 }), /uploads_pkey/],
  ['what came', (db) => noteReceived(db, id, 'x', 1), /uploads_pkey/],
  ['uploads to use', (db) => holdUploads(db, ids), /uploads_pkey/],
  ['uploads in use', (db) => keepUploads(db, ids), /uploads_pkey/],
  ['uploads that are due', (db) => dueUploads(db, '', 500), /uploads_(due|pkey)/],
  ['one that is due', (db) => lockDue(db, id), /uploads_pkey/],
  ['uploads of who goes', (db) => releaseUnused(db, userId), /uploads_owner/],
  ['uploads with bytes', (db) => uploadsWithBytes(db, '', 500), /uploads_pkey/],
  ['uploads of a message that goes', (db) => unlinkUploads(db, roomId, isNumber(7)), /message_uploads_pkey/],
  ['an avatar', (db) => setAvatar(db, { table: 'users', id: userId }, null), /users_pkey/],
])
