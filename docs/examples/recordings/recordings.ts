import { createClient } from '@antiphon/client'

const url = 'http://localhost:3000'
const suffix = Date.now().toString(36)

async function join(name: string) {
  const userName = `${name}_${suffix}`
  const account = { userName, email: `${userName}@example.com`, password: 'a long passphrase' }
  const { user, token } = await createClient({ url }).users.signUp(account)
  return { user, client: createClient({ url, token }) }
}
const [ann, bob] = [await join('ann'), await join('bob')]
const { client } = ann

/** A second of silence. */
function silence(): File {
  const bytes = Buffer.alloc(8_044)
  bytes.write('RIFF')
  bytes.writeUInt32LE(8_036, 4)
  bytes.write('WAVEfmt ', 8)
  for (const [at, value] of [
    [16, 16],
    [20, 0x1_0001],
    [24, 8_000],
    [28, 8_000],
    [32, 0x8_0001],
  ] as const) {
    bytes.writeUInt32LE(value, at)
  }
  bytes.write('data', 36)
  bytes.writeUInt32LE(8_000, 40)
  return new File([Uint8Array.from(bytes)], 'Concert.wav', { type: 'audio/wav' })
}
const sound = silence()

// #region meeting
const meeting = await client.meetings.create({
  title: 'Dress rehearsal',
  startsAt: new Date('2037-05-04T17:00:00Z'),
  durationMinutes: 90,
  timeZone: 'Europe/Berlin',
  link: 'https://meet.example.com/choir',
  recordingPassword: 'sotto voce',
})
const recordingId = meeting.recordingId
if (recordingId === null) throw new Error('The recording was removed.')
// #endregion meeting

// #region add
const { id: uploadId } = await client.uploads.upload(sound)
const { files } = await client.meetings.recordings.update({ recordingId, addUploads: [uploadId] })
console.log(files.map(({ name, type }) => `${name} ${type}`)) // [ 'Concert.wav audio/wav' ]
// #endregion add

// #region share
await client.meetings.recordings.share({
  recordingId, // or meetingId
  viewers: [{ userId: bob.user.id }, { email: 'conductor@example.com' }],
  mayDownload: false,
})
// #endregion share

// #region play
const opened = await bob.client.meetings.recordings.playback.safe({ recordingId })
if (!opened.ok) console.log(opened.error.code) // PASSWORD_NEEDED
const { files: playable } = await bob.client.meetings.recordings.playback({ recordingId, password: 'sotto voce' })
const [first] = playable
if (first === undefined) throw new Error('There is nothing to play yet.')
const address = new URL(first.url, url) // <video src> or <audio src>
const part = await fetch(address, { headers: { range: 'bytes=0-1023' } })
console.log(part.status, part.headers.get('content-range')) // 206 bytes 0-1023/8044
// #endregion play

// #region link
await client.meetings.recordings.setVisibility({ recordingId, visibility: 'link' })
const { link, url: linkUrl } = await client.meetings.recordings.createLink({
  recordingId,
  name: 'For the press',
  password: 'fortissimo',
  expiresAt: new Date(Date.now() + 7 * 86_400_000),
  maxViews: 20,
  mayDownload: true,
})
console.log(linkUrl.replace(/.*(#lnk)_.*/, '$1_...')) // #lnk_...
// #endregion link

// #region open
const anyone = createClient({ url }) // without an account
const wrong = await anyone.meetings.recordings.openLink.safe({ link: linkUrl, password: 'pianissimo' })
if (!wrong.ok) console.log(wrong.error.code) // WRONG_PASSWORD
const shown = await anyone.meetings.recordings.openLink({
  link: linkUrl,
  password: 'fortissimo',
  recordingPassword: 'sotto voce',
})
console.log(shown.title, shown.files[0]?.downloadUrl !== null) // Dress rehearsal true
// #endregion open

// What went out is noted as it goes.
await part.arrayBuffer()
for (let tries = 0; tries < 50; tries++) {
  const { items } = await client.meetings.recordings.views({ recordingId, by: 'user' })
  if (items.some(({ sentBytes }) => sentBytes > 0)) break
  await new Promise((resolve) => setTimeout(resolve, 100))
}

// #region views
for await (const view of client.meetings.recordings.views.all({ recordingId, by: 'user' })) {
  console.log(view.userId === bob.user.id, view.views, view.sentBytes, view.share) // true 1 1024 0.12...
}
const { items: links } = await client.meetings.recordings.listLinks({ recordingId })
console.log(links.map(({ name, views }) => `${name}: ${views}`)) // [ 'For the press: 1' ]
// #endregion views

// #region end
await client.meetings.recordings.unshare({ recordingId, viewers: [{ userId: bob.user.id }] })
await client.meetings.recordings.revokeLink({ linkId: link.id })
console.log((await fetch(address)).status) // 404
await client.meetings.remove({ meetingId: meeting.id }) // the recording goes with it
const restored = await client.meetings.recordings.restore({ recordingId })
console.log(restored.title, restored.files.length) // Dress rehearsal 1
// #endregion end
