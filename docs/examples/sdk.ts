import { createClient, isAntiphonError } from '@antiphon/client'

const url = 'http://localhost:3000'
const { token } = await createClient({ url }).users.signIn({ identifier: 'ann', password: 'antiphon-demo' })

// #region client
const requests: string[] = []
const client = createClient({
  url,
  token: async () => token, // a text, or a function that is asked for every request
  timeoutMs: 10_000,
  onResponse: ({ paths, status, requestId, durationMs }) => {
    requests.push(`${paths.join(' ')}: ${status} in ${Math.round(durationMs)} ms (${requestId})`)
  },
})
// #endregion client

// #region batch
const [me, bob, rooms] = await Promise.all([
  client.users.me(),
  client.users.get({ userName: 'bob' }),
  client.messages.rooms.list({ limit: 5 }),
]) // one request
// #endregion batch
console.log(requests.length, me.userName, bob.userName, rooms.items.length > 0)

// #region catch
try {
  await client.users.get({ userName: 'nobody-of-this-name' }, { timeoutMs: 2_000 })
} catch (error) {
  if (!isAntiphonError(error, 'NOT_FOUND')) throw error
  console.log(error.code, error.status, error.requestId)
}
// #endregion catch

// #region pages
for await (const user of client.users.list.all({ limit: 100 })) console.log(user.userName)
for await (const page of client.users.list.pages({ limit: 100 })) console.log(page.items.length)
// #endregion pages

// #region abort
const search = new AbortController()
const found = client.users.list.safe({ search: 'an' }, { signal: search.signal })
search.abort()
const outcome = await found
console.log(outcome.ok ? outcome.data.items.length : outcome.error.code)
// #endregion abort
