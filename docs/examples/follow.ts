import { createClient, type Message } from '@antiphon/client'

const url = 'http://localhost:3000'
const { token } = await createClient({ url }).users.signIn({ identifier: 'ann', password: 'antiphon-demo' })
const client = createClient({ url, token })

// #region follow
const { items } = await client.messages.rooms.list()
const messages: Message[] = []
for (const { id: roomId } of items) {
  let last = 0 // the last number you have; keep it, and you can go on after any absence
  for (;;) {
    const range = await client.messages.since({ roomId, after: last })
    if (range.from !== last) throw new Error('This range does not join what we have.')
    for (const event of range.events) if (event.kind === 'message.sent') messages.push(event.message)
    last = range.to
    if (last === range.lastSeq) break // nothing is missing
  }
}
// #endregion follow
console.log(`${messages.length} messages, none missing`)
