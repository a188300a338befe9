import { type AntiphonError, createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const suffix = Date.now().toString(36)

async function signUp(name: string) {
  const userName = `${name}_${suffix}`
  const account = { userName, email: `${userName}@example.com`, password: 'a long passphrase' }
  const { user, token } = await createClient({ url }).users.signUp(account)
  return { ...user, client: createClient({ url, token }) }
}
const [ann, bob] = [await signUp('ann'), await signUp('bob')]
const mine = ann.client.messages
const { roomId, seq } = await mine.send({ recipientId: bob.id, body: 'Shall we?', clientId: 'k1' })
const theirs = await bob.client.messages.send({ roomId, body: 'Gladly.' })
const other = await bob.client.messages.rooms.create({ name: 'Not for Ann' })
await mine.edit({ roomId, seq, body: 'Shall we sing?' })

/** What a call is refused with. */
async function codeOf(call: Promise<{ readonly ok: boolean; readonly error?: AntiphonError }>): Promise<string> {
  return (await call).error?.code ?? 'none'
}

// #region refusals
console.log('not in the room', await codeOf(mine.send.safe({ roomId: other.id, body: 'Hello' }))) // NOT_FOUND
console.log('empty', await codeOf(mine.send.safe({ roomId, body: ' ' }))) // BODY_EMPTY
console.log('4,001 characters', await codeOf(mine.send.safe({ roomId, body: '🎶'.repeat(4_001) }))) // BODY_TOO_LONG
console.log('answers nothing', await codeOf(mine.send.safe({ roomId, body: 'Yes', replyTo: 99 }))) // REPLY_UNKNOWN
console.log('edits another', await codeOf(mine.edit.safe({ roomId, seq: theirs.seq, body: 'No' }))) // NOT_YOURS
console.log('too late', await codeOf(mine.edit.safe({ roomId, seq, body: 'Sing?', expectedVersion: 1 }))) // STALE_VERSION
console.log('key reused', await codeOf(mine.send.safe({ roomId, body: 'Other', clientId: 'k1' }))) // CLIENT_ID_REUSED
console.log('beyond the end', await codeOf(mine.markRead.safe({ roomId, seq: 1_000 }))) // MARK_BEYOND_END
await ann.client.users.blocks.add({ userId: bob.id })
console.log('to one you block', await codeOf(mine.send.safe({ roomId, body: 'Hello' }))) // BLOCKED
// #endregion refusals
