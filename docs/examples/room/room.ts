import { createClient } from '@antiphon/client'

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
const meeting = await client.meetings.create({
  ...{ title: 'Rehearsal', startsAt: new Date(), durationMinutes: 90, timeZone: 'Europe/Berlin' },
  invitees: [{ userId: bob.id }],
})
const meetingId = meeting.id
const bobsDoor = await bob.client.meetings.join({ meetingId })

// #region enter
const door = await client.meetings.join({ meetingId })
if (door.status !== 'admitted' || door.ticket === null) throw new Error('There is no way in yet.')
const tab = crypto.randomUUID() // one for each page, as long as it is open
const own = await client.sessions.peer.join({ ticket: door.ticket, tab })
const { sessionId, participantKey, iceServers, heartbeatMs } = own
console.log(own.role, iceServers, heartbeatMs) // host [] 4000
// #endregion enter

const other = await bob.client.sessions.peer.join({
  ticket: (bobsDoor.status === 'admitted' && bobsDoor.ticket) || '',
  tab: crypto.randomUUID(),
})

// #region signal
const events = client.events()
const answered = new Promise<string>((resolve) => {
  events.on('peer.signal', ({ to, from, data }) => {
    if (to === participantKey) resolve(`${from === other.participantKey ? 'Bob' : 'Somebody'} says ${data}`)
  })
})
const say = (signals?: { to: string; data: string }[]) =>
  client.sessions.peer.signal({ sessionId, participantKey, signals })

const room = await say([{ to: other.participantKey, data: JSON.stringify({ type: 'offer' }) }])
console.log(room.participants.length, room.locked, room.recording) // 2 false false
const timer = setInterval(say, heartbeatMs)
// #endregion signal

await new Promise<void>((resolve) => {
  if (events.status.state === 'open') resolve()
  else events.onStatus(({ state }) => state === 'open' && resolve())
})
const back = { sessionId, participantKey: other.participantKey }
await bob.client.sessions.peer.signal({ ...back, signals: [{ to: participantKey, data: '{"type":"answer"}' }] })
console.log(await answered)

/** The beginning of every WebM, in place of what `MediaRecorder` gives. */
const pieces = ['1a45dfa39f4286810142f7810142f2810442f381084282847765626d4287810442858102', '00', '00'].map((hex) =>
  Uint8Array.from(Buffer.from(hex, 'hex')),
)

// #region record
const upload = await client.uploads.grow({ name: 'Rehearsal.webm', type: 'video/webm' })
const recording = { sessionId, participantKey, uploadId: upload.id }
await client.sessions.peer.record({ ...recording, state: 'begin' }) // everybody in the room is told
for (const piece of pieces) upload.append(piece) // as `ondataavailable` of a MediaRecorder gives them
await upload.rest()
await client.sessions.peer.record({ ...recording, state: 'end' })
// #endregion record

const { files } = await client.meetings.recordings.get({ recordingId: meeting.recordingId ?? 'rec_' })
console.log(files.map(({ name, source }) => `${name} ${source}`))

// #region leave
events.on('peer.closed', ({ reason }) => console.log(reason)) // ended, kicked, or gone: then join again
clearInterval(timer)
await client.sessions.peer.leave({ sessionId, participantKey })
// #endregion leave

await client.sessions.end({ sessionId })
events.close()
