import { createClient, isAntiphonError, isRoomId } from '@antiphon/client'

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

// What browsers say of the page that a request comes from; Node has none.
const plain = globalThis.fetch
globalThis.fetch = (input, init) => {
  const headers = new Headers(init?.headers)
  headers.set('origin', url)
  return plain(input, { ...init, headers })
}

// #region session
const browser = createClient({
  url,
  session: 'cookie', // instead of a token: the browser keeps it where no script can read it
  onSignedOut: (error) => console.log('Show the sign-in page:', error.code),
})
await browser.users.me.safe() // no cookie yet: NOT_SIGNED_IN
// #endregion session

// #region guards
const address = new URL(`https://app.example.com/#/rooms/${rooms.items[0]?.id}`)
const [, , id] = address.hash.split('/') // any text
if (isRoomId(id)) console.log((await client.messages.list({ roomId: id, limit: 1 })).items.length)
// #endregion guards

// #region stream
const stream = client.users.export()
stream.onStatus(({ state }) => state === 'waiting' && console.log('The connection broke; it goes on by itself.'))
for await (const item of stream) {
  if (item.kind === 'account') console.log(item.account.email)
}
console.log(stream.status) // { state: 'closed', reason: 'finished' }
// #endregion stream
