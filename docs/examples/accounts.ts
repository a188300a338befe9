import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const anyone = createClient({ url })
const suffix = Date.now().toString(36)

// #region signUp
const password = 'a long passphrase'
const account = { userName: `erin_${suffix}`, email: `erin_${suffix}@example.com`, password }
const { user, token: first } = await anyone.users.signUp({ ...account, deviceName: 'Tablet' })

let token = first
const client = createClient({ url, token: () => token }) // asked for every request, so it may change
// #endregion signUp

// #region devices
const laptop = await anyone.users.signIn({ identifier: account.email, password, deviceName: 'Laptop' })
const { items: devices } = await client.users.devices.list()
for (const { name, lastSeenAt, current } of devices) console.log(name, lastSeenAt, current)

await client.users.devices.revoke({ others: true }) // or { deviceId }
const late = await createClient({ url, token: laptop.token }).users.me.safe()
console.log(late.ok ? 'still signed in' : late.error.code) // TOKEN_INVALID
// #endregion devices

// #region password
const changed = await client.users.changePassword({ currentPassword: password, password: 'another passphrase' })
token = changed.token // the token before has stopped working
// #endregion password
await client.users.update({ firstName: 'Erin' })

// #region export
const kinds: Record<string, number> = {}
for await (const item of client.users.export()) kinds[item.kind] = (kinds[item.kind] ?? 0) + 1
console.log(kinds) // { account: 1, presence: 1, device: 1, ... }
// #endregion export

// #region remove
await client.users.remove({ password: 'another passphrase' })
const again = await anyone.users.signUp.safe(account) // user name and address are free again
// #endregion remove
console.log(user.userName, again.ok && again.data.user.id !== user.id)
