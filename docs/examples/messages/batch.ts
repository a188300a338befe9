import { type BatchItem, createClient } from '@antiphon/client'

const url = 'http://localhost:3000'

// #region batch
const service = createClient({ url, token: process.env.ANTIPHON_KEY }) // with the scope act-as
const ann = await service.users.get({ userName: 'ann' })
const items: BatchItem[] = ['bob', 'cleo', 'nobody-here'].map((recipientUserName) => ({
  recipientUserName,
  senderId: ann.id, // in whose name
  body: 'The rehearsal moves to eight.',
  clientId: `moved-2026-11-26-${recipientUserName}`, // the whole call can be made again
  clientSentAt: new Date(),
}))
for (let attempt = 1; attempt <= 2; attempt++) {
  const results = await service.messages.sendBatch({ items })
  console.log(results.map((result) => (result.status === 'rejected' ? result.code : result.status)).join(' '))
}
// #endregion batch

// #region atomic
const refused = await service.messages.sendBatch({
  mode: 'atomic',
  items: items.map((item) => ({ ...item, clientId: `${item.clientId}-a` })),
})
console.log(refused.map((result) => (result.status === 'rejected' ? result.code : result.status)).join(' '))
// #endregion atomic
