import { AntiphonError, createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const { token } = await createClient({ url }).users.signIn({ identifier: 'ann', password: 'antiphon-demo' })
const client = createClient({ url, token, timeoutMs: 10_000 })
const room = await client.messages.rooms.create({ name: 'Retries' })

// #region retry
const message = { roomId: room.id, body: 'Exactly once', clientId: 'order-4711-confirmed' }
const first = await client.messages.send(message)
const again = await client.messages.send(message) // the same message, not a second one
console.log(again.seq === first.seq, again.duplicate)

try {
  await client.messages.send({ ...message, body: 'Something else' })
} catch (error) {
  if (!(error instanceof AntiphonError)) throw error
  console.log(error.code, error.status) // CLIENT_ID_REUSED 409
}
// #endregion retry
