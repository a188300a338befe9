/**
 * A choir plans a concert: a group and a service that writes to it, people who talk, correct themselves and go offline, and a
 * view that has everything in the end.
 */
import { type AntiphonClient, createClient, type RoomView, type User } from '@antiphon/client'

const url = 'http://localhost:3000'
const suffix = Date.now().toString(36)

interface Person extends User {
  client: AntiphonClient
}

async function signUp(firstName: string): Promise<Person> {
  const userName = `${firstName.toLowerCase()}_${suffix}`
  const account = { userName, email: `${userName}@example.com`, password: 'a long passphrase', firstName }
  const { user, token } = await createClient({ url }).users.signUp(account)
  return { ...user, client: createClient({ url, token }) }
}

/** Waits until a view shows something. */
function until(view: RoomView, isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stop = view.subscribe(() => {
      if (!isSo()) return
      stop()
      resolve()
    })
    if (isSo()) resolve()
  })
}

// 1. Three people and a group. Its view is what an application would render.
const [kim, lea, mo] = [await signUp('Kim'), await signUp('Lea'), await signUp('Mo')]
const room = await kim.client.messages.rooms.create({ name: 'Spring concert', memberIds: [lea.id, mo.id] })
const roomId = room.id
const view = kim.client.events().room(roomId)
await until(view, () => view.status === 'live')

// 2. They talk. Whatever comes in between, all see one order.
const when = await kim.client.messages.send({ roomId, body: `When do we rehearse, @${lea.userName}?` })
await lea.client.messages.send({ roomId, body: 'Thursday at seven.', replyTo: when.seq })
await mo.client.messages.react({ roomId, seq: when.seq, emoji: '👍' })

// 3. A service tells everybody at once, each in private: a batch that may be sent again.
const service = createClient({ url, token: process.env.ANTIPHON_KEY })
const host = await service.users.create({ userName: `host-${suffix}`, firstName: 'The hall' })
const items = [lea, mo].map(({ id }) => ({
  recipientId: id,
  senderId: host.id,
  body: 'The hall opens at half past six.',
  clientId: `opening-${id}`,
}))
const sent = await service.messages.sendBatch({ items })
const again = await service.messages.sendBatch({ items })
console.log(sent.map(({ status }) => status).join(), again.map(({ status }) => status).join())

// 4. Lea is wrong, and corrects herself; Mo writes in the wrong room.
const thursday = (await lea.client.messages.list({ roomId, senderId: lea.id, window: { last: 1 } })).items[0]
if (thursday === undefined) throw new Error('Lea has said nothing.')
const { seq, version } = thursday
await lea.client.messages.edit({ roomId, seq, body: 'Thursday at eight.', expectedVersion: version })
const slip = await mo.client.messages.send({ roomId, body: 'Buy milk' })
await mo.client.messages.remove({ roomId, seq: slip.seq })

// 5. Mo has read everything, Lea has not.
await mo.client.messages.markRead({ roomId, seq: slip.seq })
const [unread] = await lea.client.messages.unread({ roomIds: [roomId] })
console.log('Lea has', unread?.count, 'to read,', unread?.mentions, 'for her')

// 6. Kim's view has all of it, without having asked, and knows that nothing is missing.
await until(view, () => view.receiptsOf(when.seq).readBy.includes(mo.id))
await view.verify()
for (const { body, editedAt, deletedAt, reactions } of view.messages) {
  const marks = [editedAt && 'edited', deletedAt && 'deleted', ...reactions.map(({ emoji }) => emoji)]
  console.log([body, ...marks.filter(Boolean)].join(' · '))
}

// 7. Mo leaves. Who has left sees nothing of what comes after.
await mo.client.messages.rooms.leave({ roomId })
await kim.client.messages.send({ roomId, body: 'We need another tenor.' })
await until(view, () => view.members.length === 2 && view.messages.length === 4)
const { items: seenByMo } = await mo.client.messages.list({ roomId })
console.log(view.messages.length, seenByMo.length)
kim.client.events().close()
await service.users.remove({ userId: host.id })
