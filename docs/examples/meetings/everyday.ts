import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const suffix = Date.now().toString(36)

async function signUp(name: string) {
  const userName = `${name}_${suffix}`
  const account = { userName, email: `${userName}@example.com`, password: 'a long passphrase' }
  const { user, token } = await createClient({ url }).users.signUp(account)
  return { ...user, client: createClient({ url, token }) }
}
const [ann, bob, cleo] = [await signUp('ann'), await signUp('bob'), await signUp('cleo')]
const { client } = ann
const day = 86_400_000
const thursday = new Date(Math.ceil(Date.now() / day) * day + 18 * 3_600_000)

// #region create
const rehearsal = await client.meetings.create({
  title: 'Rehearsal',
  startsAt: thursday,
  durationMinutes: 90,
  timeZone: 'Europe/Berlin', // at the same time of the clock there, also when that is moved
  recurrence: 'FREQ=WEEKLY;COUNT=10',
  link: 'https://meet.example.com/choir',
  invitees: [{ userId: bob.id }, { email: 'guest@example.org' }],
})
const meetingId = rehearsal.id
// #endregion create

// #region list
const { items: coming } = await bob.client.meetings.list({ limit: 3 })
for (const { title, startsAt, cancelledAt } of coming) console.log(title, startsAt > new Date(), cancelledAt)
for await (const past of client.meetings.list.all({ order: 'past' })) console.log('It was:', past.title)
// #endregion list

// #region change
const [first, second] = coming
if (first === undefined || second === undefined) throw new Error('There is nothing to change.')
const later = new Date(first.startsAt.getTime() + 3_600_000)
await client.meetings.update({ meetingId, occurrence: first.originalAt, startsAt: later }) // this one alone
await client.meetings.cancel({ meetingId, occurrence: second.originalAt })
await client.meetings.update({ meetingId, title: 'General rehearsal' }) // all of them
// #endregion change

// #region invite
await client.meetings.invite({ meetingId, invitees: [{ userId: cleo.id }] })
await bob.client.meetings.respond({ meetingId, response: 'yes' })
for await (const { userId, email, response } of client.meetings.invitees.all({ meetingId })) {
  console.log(email ?? (userId === bob.id ? 'Bob' : 'Cleo'), response)
}
// #endregion invite

// #region calendar
const { fileName, text } = await bob.client.meetings.calendar({ meetingId })
console.log(fileName.endsWith('.ics'), text.startsWith('BEGIN:VCALENDAR'))
const feed = await bob.client.meetings.feed.create() // for calendar programs: whoever has the address sees the calendar
console.log((await fetch(feed.url)).headers.get('content-type'))
// #endregion calendar

// #region join
const joined = await bob.client.meetings.join({ meetingId })
if (joined.status === 'admitted') console.log(joined.joinUrl) // https://meet.example.com/choir
const { items: there } = await client.meetings.attendance({ meetingId })
console.log(there.length) // 0: who asks days before where it will be was not there
// #endregion join

await client.meetings.cancel({ meetingId })
console.log((await bob.client.meetings.join.safe({ meetingId })).ok) // false
