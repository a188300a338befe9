/**
 * A choir rehearses: a series of meetings with a lobby, people who answer and one who comes without an invitation, a rehearsal that
 * moves and one that is off, and in the end who was there.
 */
import { type AntiphonClient, createClient, type User } from '@antiphon/client'

const url = 'http://localhost:3000'
const suffix = Date.now().toString(36)

interface Person extends User {
  client: AntiphonClient
}

async function signUp(firstName: string): Promise<Person> {
  const userName = `${firstName.toLowerCase()}_${suffix}`
  const account = { userName, email: `${userName}@example.com`, password: 'a long passphrase', firstName }
  const { user, token } = await createClient({ url }).users.signUp(account)
  return { ...user, client: createClient({ url, token }) }
}

// 1. Kim arranges four rehearsals, and invites Lea and somebody who has no account.
const [kim, lea, mo] = [await signUp('Kim'), await signUp('Lea'), await signUp('Mo')]
const hour = 3_600_000
const { id: meetingId } = await kim.client.meetings.create({
  ...{ title: 'Rehearsal', startsAt: new Date(Date.now() + hour), durationMinutes: 90, timeZone: 'Europe/Berlin' },
  ...{ recurrence: 'FREQ=WEEKLY;COUNT=4', link: 'https://meet.example.com/choir', lobby: true },
  invitees: [{ userId: lea.id }, { email: `nora_${suffix}@example.com` }],
})

// 2. Lea comes; Nora signs up and finds nothing yet: her address is not proven. Mo is not invited at all.
await lea.client.meetings.respond({ meetingId, response: 'yes' })
const nora = await signUp('Nora')
for (const { firstName, client } of [nora, mo]) {
  const seen = await client.meetings.get.safe({ meetingId })
  console.log(firstName, seen.ok ? 'sees it' : seen.error.code)
}

// 3. The second one moves, the third one is off. Everybody who is invited sees the same.
const [, second, third] = (await kim.client.meetings.list()).items
if (second === undefined || third === undefined) throw new Error('There are four of them.')
const later = new Date(second.startsAt.getTime() + hour)
await kim.client.meetings.update({ meetingId, occurrence: second.originalAt, startsAt: later, title: 'With piano' })
await kim.client.meetings.cancel({ meetingId, occurrence: third.originalAt })
const { items } = await lea.client.meetings.list()
console.log(items.map(({ title, cancelledAt }) => (cancelledAt === null ? title : 'off')).join(', '))

// 4. It begins. Lea waits until Kim lets her in; with a passcode of Kim's, Mo comes, too, and is sent away.
await kim.client.meetings.update({ meetingId, passcode: 'high-c-4711' })
const waiting = [
  await lea.client.meetings.join({ meetingId }),
  await mo.client.meetings.join({ meetingId, passcode: 'high-c-4711' }),
]
console.log(waiting.map(({ status }) => status).join())
await kim.client.meetings.lobby.admit({ meetingId, userIds: [lea.id] })
await kim.client.meetings.lobby.deny({ meetingId, userIds: [mo.id] })
const joined = await lea.client.meetings.join({ meetingId })
const refused = await mo.client.meetings.join.safe({ meetingId, passcode: 'high-c-4711' })
console.log(joined.status, refused.ok ? 'in' : refused.error.code)

// 5. Who was there stays known, also when there will be no more.
await kim.client.meetings.cancel({ meetingId })
const { items: there } = await kim.client.meetings.attendance({ meetingId })
console.log(there.map(({ userId }) => (userId === lea.id ? 'Lea was there' : 'Somebody was there')).join())
