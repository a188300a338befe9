import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
async function signIn(identifier: string) {
  const { token } = await createClient({ url }).users.signIn({ identifier, password: 'antiphon-demo' })
  return createClient({ url, token })
}
const client = await signIn('ann')
const bob = await signIn('bob')
const { id: roomId } = await client.messages.rooms.direct({ userId: (await bob.users.me()).id })
const render = () => {}

// #region view
const events = client.events() // one stream per client; it resumes by itself
const view = events.room(roomId)
const stop = view.subscribe(() => {
  // Everything about the room, ordered and complete: view.messages, view.members, view.receipts, view.typing, view.pending ...
  render()
})
view.send({ body: 'Is anybody there?' }) // in view.pending until the room has it
// #endregion view

const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 20))
}
await until(() => view.status === 'live' && view.pending.length === 0)
const question = view.messages.at(-1)
await bob.messages.send({ roomId, body: 'I am.', replyTo: question?.seq })
await bob.messages.markRead({ roomId, seq: question?.seq ?? 1 })
await until(() => view.messages.at(-1)?.replyTo === question?.seq)
await until(() => view.receiptsOf(question?.seq ?? 1).readBy.length === 1)
console.log(view.messages.at(-1)?.body, view.unread) // I am. 1

// #region read
view.markRead() // when the messages are in sight
view.markTyping() // at every keystroke; it is told now and then
await view.verify() // asks the server whether anything is missing; resolves when nothing is
console.log(view.status, view.lastSeq === events.positions.get(roomId)) // live true
// #endregion read

// #region events
events.on('room.entered', ({ roomId }) => console.log('A room of mine:', roomId))
events.on('room.left', ({ roomId }) => console.log('Not mine any more:', roomId))
events.onStatus(({ state }) => console.log(state)) // connecting, open, waiting, closed
events.close()
// #endregion events
stop()
