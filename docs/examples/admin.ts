import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const { user, token } = await createClient({ url }).users.signIn({ identifier: 'cleo', password: 'antiphon-demo' })
const admin = createClient({ url, token })

// #region admin
const helper = await admin.users.create({
  userName: `jude-${Date.now().toString(36)}`,
  email: `jude-${Date.now().toString(36)}@example.com`,
  invite: true, // a mail with a link to set a password
})
await admin.users.setRoles({ userId: helper.id, roles: ['support'] })

for await (const { at, action, userId, details } of admin.users.audit.list.all({ target: helper.id })) {
  console.log(at, action, userId === user.id, details)
}
await admin.users.remove({ userId: helper.id })
// #endregion admin
