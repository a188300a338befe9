import { createClient, type Session } from '@antiphon/client'

const url = 'http://localhost:3000'
const suffix = Date.now().toString(36)

async function signUp(name: string) {
  const userName = `${name}_${suffix}`
  const account = { userName, email: `${userName}@example.com`, password: 'a long passphrase', firstName: name }
  const { user, token } = await createClient({ url }).users.signUp(account)
  return { ...user, client: createClient({ url, token }) }
}
const [ann, bob] = [await signUp('Ann'), await signUp('Bob')]
const { client } = ann

const { id: meetingId } = await client.meetings.create({
  ...{ title: 'Piano lesson', startsAt: new Date(), durationMinutes: 45, timeZone: 'Europe/Berlin' },
  invitees: [{ userId: bob.id }], // without a link: in the built-in room
})

// #region available
const { items: rooms } = await bob.client.sessions.available()
for (const { title, freshness, joinUrl, passcode } of rooms) console.log(title, freshness, joinUrl, passcode)
// #endregion available

// #region follow
let shown: Session[] = []
let [asked, answered] = [0, 0]
async function refresh() {
  const turn = ++asked
  const { items } = await client.sessions.live()
  if (turn > answered) [answered, shown] = [turn, items] // an older answer may come later
}
const events = client.events()
events.on('session.changed', refresh)
events.on('welcome', refresh) // what changed while the stream was away
const timer = setInterval(refresh, 30_000) // where streams do not pass
// #endregion follow

async function enter({ client }: Pick<typeof ann, 'client'>) {
  const joined = await client.meetings.join({ meetingId })
  if (joined.status !== 'admitted' || joined.ticket === null) throw new Error('There is no way in yet.')
  return client.sessions.peer.join({ ticket: joined.ticket, tab: crypto.randomUUID() })
}
const { sessionId } = await enter(ann)
const { participantKey, participants } = await enter(bob)
console.log(participants.map(({ name }) => name).sort())

while (shown[0]?.participantCount !== 2) await new Promise((resolve) => setTimeout(resolve, 50))

// #region show
for (const { title, freshness, provenUntil, observedAt, participantCount } of shown) {
  const isProven = provenUntil > new Date() // the list may be old: nothing is live by what was said a minute ago
  console.log(title, isProven ? freshness : `unknown since ${observedAt}`, participantCount)
}
// #endregion show

// #region control
const { can } = await client.sessions.get({ sessionId })
if (can.lock) await client.sessions.lock({ sessionId }) // nobody else comes in
if (can.kick) await client.sessions.kick({ sessionId, participantKey, ban: true })
// #endregion control

// #region end
const { freshness, ending } = await client.sessions.end({ sessionId }) // safe to press twice
console.log(freshness, ending?.state)
// #endregion end

// #region history
for await (const { id, startedAt, endedAt } of client.sessions.history.all({ meetingId })) {
  console.log(startedAt < (endedAt ?? new Date()))
  for await (const stay of client.sessions.participants.all({ sessionId: id, present: false })) {
    console.log(stay.name, stay.joinedAt <= (stay.leftAt ?? new Date()))
  }
}
const { fileName, text } = await client.sessions.export({ meetingId })
console.log(fileName.endsWith('.csv'), text.split('\r\n', 1)[0])
// #endregion history

clearInterval(timer)
events.close()
