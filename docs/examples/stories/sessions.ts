/**
 * An evening at a music school: a lesson in the built-in room, a head who watches a dashboard, a pupil who comes late to a locked
 * room, an end for everybody, and who was there.
 */
import { type AntiphonClient, createClient, type SessionId, type User } from '@antiphon/client'

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

// 1. Kim teaches Lea and Mo; Ann, who heads the school, is an administrator and sees everything.
const [kim, lea, mo] = [await signUp('Kim'), await signUp('Lea'), await signUp('Mo')]
const { token } = await createClient({ url }).users.signIn({ identifier: 'ann', password: 'antiphon-demo' })
const head = createClient({ url, token })
const { id: meetingId } = await kim.client.meetings.create({
  ...{ title: `Singing ${suffix}`, startsAt: new Date(), durationMinutes: 45, timeZone: 'Europe/Berlin' },
  invitees: [{ userId: lea.id }, { userId: mo.id }],
})

// 2. Her dashboard hears of every change, and asks for the session as it is then.
const seen: string[] = []
const events = head.events()
const lesson = new Promise<SessionId>((resolve) => {
  events.on('session.changed', async ({ sessionId }) => {
    const session = await head.sessions.get({ sessionId })
    if (session.meetingId !== meetingId) return
    seen.push(session.freshness)
    resolve(sessionId)
  })
})
await new Promise((resolve) => events.on('welcome', resolve))

// 3. Kim and Lea meet, and Kim closes the door: Mo is too late.
async function enter({ client }: Person) {
  const joined = await client.meetings.join({ meetingId })
  const ticket = joined.status === 'admitted' ? joined.ticket : null
  return client.sessions.peer.join.safe({ ticket: ticket ?? '', tab: crypto.randomUUID() })
}
await enter(kim)
await enter(lea)
const sessionId = await lesson
await kim.client.sessions.lock({ sessionId })
const late = await enter(mo)
console.log(late.ok ? 'Mo is in' : late.error.code)
const { items } = await head.sessions.participants({ sessionId })
console.log(items.map(({ name }) => name).sort())

// 4. Lea may not end it, Kim may: everybody is out, and doing it again is no error.
const refused = await lea.client.sessions.end.safe({ sessionId })
console.log(refused.ok ? 'ended' : refused.error.code)
await kim.client.sessions.end({ sessionId })
await kim.client.sessions.end({ sessionId })
while (!seen.includes('ended')) await new Promise((resolve) => setTimeout(resolve, 50))
console.log(seen.includes('live'), seen.includes('ended'))
events.close()

// 5. Who was there, as a table for spreadsheets.
const { text } = await kim.client.sessions.export({ meetingId })
const [names = '', ...lines] = text.trim().split('\r\n')
const at = names.split(',').indexOf('Name')
console.log(lines.map((line) => line.split(',')[at]).sort())
