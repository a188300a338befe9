import { type AntiphonClient, AntiphonError, type RoomId } from '@antiphon/client'
import { createMockClient } from '@antiphon/client/testing'

/** Something of yours that takes a client. */
async function greet(client: AntiphonClient, roomId: RoomId): Promise<string> {
  const sent = await client.messages.send.safe({ roomId, body: 'Good morning' })
  return sent.ok ? `sent as number ${sent.data.seq}` : `not sent: ${sent.error.code}`
}

// #region mock
const roomId: RoomId = 'rom_01kafs4kcgfzn9n9v8wd3k5zq2'
const client = createMockClient({
  messages: {
    send: async () => {
      throw new AntiphonError({ code: 'ROOM_ARCHIVED', status: 409, message: 'Nobody writes here any more.' })
    },
    unread: async () => [{ roomId, count: 7, mentions: 1 }],
  },
})
console.log(await greet(client, roomId)) // not sent: ROOM_ARCHIVED
console.log((await client.messages.unread())[0]?.count) // 7
await client.users.me().catch((error: Error) => console.log(error.message)) // names the call that has no handler
// #endregion mock
