import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const suffix = Date.now().toString(36)

async function join(name: string) {
  const userName = `${name}_${suffix}`
  const account = { userName, email: `${userName}@example.com`, password: 'a long passphrase' }
  const { user, token } = await createClient({ url }).users.signUp(account)
  return { user, client: createClient({ url, token }) }
}
const [hana, ivo] = [await join('hana'), await join('ivo')]

// #region friends
await hana.client.users.friends.request({ userId: ivo.user.id })
for await (const { userId } of ivo.client.users.friends.list.all({ state: 'incoming' })) {
  await ivo.client.users.friends.accept({ userId })
}
const { items: friends } = await hana.client.users.friends.list()
console.log(friends.length, friends[0]?.state) // 1 accepted
// #endregion friends

// #region presence
const expiresAt = new Date(Date.now() + 3_600_000)
await ivo.client.users.presence.set({ status: 'busy', text: 'Rehearsal', expiresAt })
const [presence] = await hana.client.users.presence.get({ userIds: [ivo.user.id] })
console.log(presence?.status, presence?.text) // busy Rehearsal
// #endregion presence

// #region blocks
const { id: roomId } = await hana.client.messages.rooms.direct({ userId: ivo.user.id })
await hana.client.users.blocks.add({ userId: ivo.user.id })

const sent = await ivo.client.messages.send({ roomId, body: 'Are you there?' }) // as if nothing had happened
const seen = await hana.client.messages.list({ roomId })
console.log(sent.seq, seen.items.length) // 2 0

const refused = await hana.client.messages.send.safe({ roomId, body: 'Hello' })
if (!refused.ok && refused.error.code === 'BLOCKED') console.log(refused.error.message) // who blocks is told
// #endregion blocks
