import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const { token } = await createClient({ url }).users.signIn({ identifier: 'ann', password: 'antiphon-demo' })
const client = createClient({ url, token })

// #region personal
const { apiKey, secret } = await client.users.apiKeys.create({
  name: 'Nightly backup',
  scopes: ['messages:read'],
  expiresAt: new Date(Date.now() + 90 * 86_400_000),
})
const backup = createClient({ url, token: secret })
const rooms = await backup.messages.rooms.list()
const me = await backup.users.me.safe()
console.log(rooms.items.length > 0, me.ok ? 'more than its scopes' : me.error.message) // lacks the scope users:read

await client.users.apiKeys.revoke({ apiKeyId: apiKey.id }) // stops working at once
// #endregion personal
const late = await backup.messages.rooms.list.safe()
console.log(late.ok ? 'still works' : late.error.code)
