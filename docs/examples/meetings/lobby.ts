import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const suffix = Date.now().toString(36)

async function signUp(name: string) {
  const userName = `${name}_${suffix}`
  const account = { userName, email: `${userName}@example.com`, password: 'a long passphrase' }
  const { user, token } = await createClient({ url }).users.signUp(account)
  return { ...user, client: createClient({ url, token }) }
}
const [ann, bob] = [await signUp('ann'), await signUp('bob')]
const { client } = ann
const startsAt = new Date(Date.now() + 600_000)
const { id: meetingId } = await client.meetings.create({
  ...{ title: 'Audition', startsAt, durationMinutes: 30, timeZone: 'UTC', link: 'https://meet.example.com/audition' },
  ...{ lobby: true, passcode: 'sing-4711' },
})

// #region host
const events = client.events()
async function letIn() {
  const { items } = await client.meetings.lobby.list({ meetingId })
  const userIds = items.map(({ userId }) => userId)
  if (userIds.length > 0) await client.meetings.lobby.admit({ meetingId, userIds }) // or deny
}
events.on('meeting.lobby', letIn)
events.on('welcome', letIn) // who came while the stream was away
// #endregion host

// #region guest
const own = bob.client.events()
const joinUrl = await new Promise<string | null>((resolve) => {
  async function enter() {
    const answer = await bob.client.meetings.join({ meetingId, passcode: 'sing-4711' })
    if (answer.status === 'admitted') resolve(answer.joinUrl)
  }
  own.on('meeting.lobby', enter)
  own.on('welcome', enter)
})
// #endregion guest
console.log(joinUrl)
for (const stream of [events, own]) stream.close()

// #region passcode
const guessed = await bob.client.meetings.join.safe({ meetingId: 'mtg_00000000000000000000000000', passcode: '1234' })
if (!guessed.ok) console.log(guessed.error.code) // whether there is such a meeting, it does not say
// #endregion passcode
