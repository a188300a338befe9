// #region client
import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const anyone = createClient({ url })
// #endregion client

// #region accounts
const suffix = Date.now().toString(36)
const { user, token } = await anyone.users.signUp({
  userName: `dora_${suffix}`,
  email: `dora_${suffix}@example.com`,
  password: 'a long passphrase',
  firstName: 'Dora',
})
const client = createClient({ url, token })
const me = await client.users.me()
console.log(me.id === user.id, me.createdAt.getFullYear() > 2000) // ids are text, dates are dates
// #endregion accounts

// #region errors
const taken = await anyone.users.signUp.safe({
  userName: me.userName.toUpperCase(),
  email: 'other@example.com',
  password: 'a long passphrase',
})
if (!taken.ok && taken.error.code === 'USER_NAME_TAKEN') console.log(taken.error.fields)
// #endregion errors
