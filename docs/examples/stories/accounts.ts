/**
 * A choir from the first sign-up to the last: people join, a service welcomes them, they become friends and talk, one of
 * them takes everything along and leaves.
 */
import { type AntiphonClient, createClient, type User } from '@antiphon/client'

const url = 'http://localhost:3000'
const anyone = createClient({ url })
const suffix = Date.now().toString(36)
const password = 'a long passphrase'

interface Person {
  user: User
  client: AntiphonClient
}

async function signUp(name: string): Promise<Person> {
  const userName = `${name.toLowerCase()}_${suffix}`
  const account = { userName, email: `${userName}@example.com`, password, firstName: name }
  const { user, token } = await anyone.users.signUp(account)
  return { user, client: createClient({ url, token }) }
}

// 1. Two people sign up. A mail asks each of them to verify the address.
const kim = await signUp('Kim')
const lea = await signUp('Lea')

// 2. A service welcomes them. It has an API key, is nobody itself, and so speaks through an account that it made.
const service = createClient({ url, token: process.env.ANTIPHON_KEY })
const host = await service.users.create({ userName: `host-${suffix}`, firstName: 'The choir' })
for (const { user } of [kim, lea]) {
  const room = await service.as(host.id).messages.rooms.direct({ userId: user.id })
  await service.as(host.id).messages.send({ roomId: room.id, body: `Welcome, ${user.firstName}!` })
}

// 3. They find each other by name and become friends.
const { items: found } = await kim.client.users.list({ search: `lea_${suffix}` })
for (const { id } of found) await kim.client.users.friends.request({ userId: id })
await lea.client.users.friends.accept({ userId: kim.user.id })

// 4. They talk.
const { id: roomId } = await kim.client.messages.rooms.direct({ userId: lea.user.id })
await kim.client.messages.send({ roomId, body: 'Shall we share a lift on Thursday?' })
await lea.client.messages.send({ roomId, body: 'Gladly. At six?' })

// 5. Kim moves away, and takes everything along.
const taken: string[] = []
for await (const item of kim.client.users.export()) {
  if (item.kind === 'message') taken.push(item.message.body)
}
console.log('Kim takes along:', taken.join(' '))

// 6. The account goes. What Kim said to others stays with them, without the name.
await kim.client.users.remove({ password })
const gone = await lea.client.users.get({ userId: kim.user.id })
const { items: left } = await lea.client.messages.list({ roomId })
const friends = await lea.client.users.friends.list()
console.log(gone.firstName, gone.lastName, gone.email ?? 'no address', left.length, friends.items.length)

// 7. The log knows what was done, by ids. The service tidies up after itself.
await service.users.remove({ userId: host.id })
const me = await kim.client.users.me.safe()
console.log(me.ok ? 'still there' : me.error.code)
