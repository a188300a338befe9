import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const { user, token } = await createClient({ url }).users.signIn({ identifier: 'ann', password: 'antiphon-demo' })
const admin = createClient({ url, token })
const userName = `jude-${Date.now().toString(36)}`

// #region admin
const email = `${userName}@example.com`
const helper = await admin.users.create({ userName, email, invite: true }) // a mail brings a link to set a password
await admin.users.setRoles({ userId: helper.id, roles: ['support'] })

for await (const { at, action, userId, details } of admin.users.audit.list.all({ target: helper.id })) {
  console.log(at, action, userId === user.id, details)
}
await admin.users.remove({ userId: helper.id })
// #endregion admin
