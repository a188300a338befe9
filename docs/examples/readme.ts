import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const { token } = await createClient({ url }).users.signIn({ identifier: 'ann', password: 'antiphon-demo' })
const client = createClient({ url, token })

const bob = await client.users.get({ userName: 'bob' })
const room = await client.messages.rooms.direct({ userId: bob.id }) // its id is a RoomId, not any string
await client.messages.send({ roomId: room.id, body: 'Shall we?' }) // safe to retry: one effect
for await (const message of client.messages.list.all({ roomId: room.id })) {
  console.log(message.sentAt, message.body)
}
const sent = await client.messages.send.safe({ roomId: room.id, body: '' })
if (!sent.ok && sent.error.code === 'BODY_EMPTY') console.log(sent.error.message) // only codes this call can give
