import { type AntiphonClient, AntiphonError, type RoomId } from '@antiphon/client'
import { createMockClient } from '@antiphon/client/testing'

/** Something of yours that takes a client. */
async function greet(client: AntiphonClient, roomId: RoomId): Promise<string> {
  const sent = await client.messages.send.safe({ roomId, body: 'Good morning' })
  return sent.ok ? `sent as number ${sent.data.seq}` : `not sent: ${sent.error.code}`
}

// #region mock
const roomId: RoomId = 'rom_01kafs4kcgfzn9n9v8wd3k5zq2'
const senderId = 'usr_01kafs4kcgfzn9n9v8wd3k5zq3'
const client = createMockClient({
  messages: {
    send: async ({ roomId, body, clientId = null }) => {
      if (body === '') throw new AntiphonError({ code: 'BODY_EMPTY', status: 400, message: 'empty' })
      return { roomId, body, clientId, senderId, seq: 7, sentAt: new Date(), duplicate: false }
    },
  },
})
console.log(await greet(client, roomId)) // sent as number 7
await client.users.me().catch((error: Error) => console.log(error.message)) // names the call that has no handler
// #endregion mock
