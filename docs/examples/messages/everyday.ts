import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const suffix = Date.now().toString(36)

async function signUp(name: string) {
  const userName = `${name}_${suffix}`
  const account = { userName, email: `${userName}@example.com`, password: 'a long passphrase' }
  const { user, token } = await createClient({ url }).users.signUp(account)
  return { ...user, client: createClient({ url, token }) }
}
const [ann, bob, cleo] = [await signUp('ann'), await signUp('bob'), await signUp('cleo')]
const { client } = ann

// #region rooms
const choir = await client.messages.rooms.create({ name: 'Choir', topic: 'Thursdays at seven', memberIds: [bob.id] })
await client.messages.rooms.update({ roomId: choir.id, access: 'open', retentionDays: 365 })
await cleo.client.messages.rooms.join({ roomId: choir.id }) // it is open
await client.messages.rooms.members.setRole({ roomId: choir.id, userId: bob.id, role: 'admin' })
for await (const member of client.messages.rooms.members.list.all({ roomId: choir.id })) {
  console.log(member.userId === ann.id, member.role)
}
// #endregion rooms

// #region direct
const hello = await client.messages.send({ recipientUserName: bob.userName, body: 'Have you got the score?' })
await bob.client.messages.send({ roomId: hello.roomId, body: 'The second page, too 🎶', replyTo: hello.seq })
const { mentions } = await client.messages.send({ roomId: choir.id, body: `@${cleo.userName} sings alto` })
console.log(mentions.includes(cleo.id)) // true
// #endregion direct

// #region windows
const { roomId } = hello
const newest = await client.messages.list({ roomId, window: { last: 20 } })
const thisWeek = await client.messages.list({ roomId, window: { days: 7 }, senderId: bob.id })
const year = { since: new Date('2026-01-01'), until: new Date('2027-01-01') }
for await (const message of client.messages.list.all({ roomId, window: year }))
  console.log(message.sentAt, message.body)
for await (const message of client.messages.recent.all({ senderId: bob.id })) console.log(message.roomId, message.body)
// #endregion windows
console.log(newest.items.length, thisWeek.items.length) // 2 1

// #region edits
const { seq, version } = hello
const edited = await client.messages.edit({ roomId, seq, body: 'Do you have the score?', expectedVersion: version })
const { items: before } = await bob.client.messages.versions({ roomId, seq })
console.log(edited.version, before[0]?.body) // 2 Have you got the score?

await bob.client.messages.react({ roomId, seq, emoji: '👍' })
await client.messages.remove({ roomId, seq })
const tombstone = await bob.client.messages.get({ roomId, seq })
console.log(tombstone.deletedAt !== null, tombstone.body === '', tombstone.reactions.length) // true true 0
// #endregion edits

// #region receipts
const alto = await bob.client.messages.send({ roomId: choir.id, body: 'Who else?' })
await cleo.client.messages.markRead({ roomId: choir.id, seq: alto.seq })
for await (const { userId, readAt } of bob.client.messages.receipts.all({ roomId: choir.id, seq: alto.seq })) {
  console.log(userId === cleo.id ? 'Cleo' : 'Ann', readAt === null ? 'has not read it' : 'has read it')
}
const [unread] = await client.messages.unread({ roomIds: [choir.id] })
console.log(unread?.count) // 1
// #endregion receipts

// #region search
for await (const message of client.messages.search.all({ query: 'sings al' })) console.log(message.body)
// #endregion search
