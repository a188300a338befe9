import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const { token } = await createClient({ url }).users.signIn({ identifier: 'ann', password: 'antiphon-demo' })
const admin = createClient({ url, token })
const { ZOOM_ACCOUNT_ID = '', ZOOM_CLIENT_ID = '', ZOOM_CLIENT_SECRET = '', ZOOM_SECRET_TOKEN = '' } = process.env

// #region connect
const connected = await admin.sessions.providers.connect.safe({
  ...{ provider: 'zoom', name: 'Music school', accountId: ZOOM_ACCOUNT_ID, clientId: ZOOM_CLIENT_ID },
  ...{ clientSecret: ZOOM_CLIENT_SECRET, webhookSecret: ZOOM_SECRET_TOKEN },
  defaultPasscode: 'sing-along',
})
if (connected.ok) console.log('Enter this at Zoom:', connected.data.webhookUrl)
else if (connected.error.code === 'PROVIDER_SCOPES') console.log('Add scopes:', connected.error.message)
else throw connected.error
// #endregion connect

// #region health
for await (const { name, state, problem, notes, heardAt, callsToday } of admin.sessions.providers.list.all()) {
  console.log(name, state, problem, notes.length, heardAt === null ? 'no webhook so far' : 'told us something')
  for (const { category, calls, limit } of callsToday) console.log(category, calls > 0, limit ?? 'no limit')
}
const { items } = await admin.sessions.live({ scope: 'all' })
console.log(items.every(({ provider }) => provider.length > 0))
// #endregion health
