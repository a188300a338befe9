import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const { token } = await createClient({ url }).users.signIn({ identifier: 'ann', password: 'antiphon-demo' })
const { royalties } = createClient({ url, token })

// #region source
const source = await royalties.sources.create({
  name: 'Streams of yesterday',
  kind: 'streams',
  url: 'https://files.example.com/streams.csv',
  everyMinutes: 60,
  paused: true, // left alone for now; `update({ sourceId, paused: false })` has it fetched at once
})
for await (const { name, paused, lastCode, lastMessage, failures } of royalties.sources.list.all())
  console.log(name, paused, lastCode, lastMessage, failures)
// #endregion source

const refused = await royalties.sources.create.safe({
  ...{ name: 'Inside', kind: 'streams', everyMinutes: 60, url: 'https://192.168.0.10/streams.csv' },
})
console.log(refused.ok ? 'taken' : refused.error.code)
await royalties.sources.remove({ sourceId: source.id })
