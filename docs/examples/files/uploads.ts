import { readFileSync } from 'node:fs'
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

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const picture = new File([Uint8Array.from(Buffer.from(pixel, 'base64'))], 'sunset.png', { type: 'image/png' })
const score = new Uint8Array(readFileSync(new URL(import.meta.url)))

// #region upload
const upload = await client.uploads.upload(picture, {
  onProgress: ({ sentBytes, totalBytes }) => console.log(`${sentBytes} of ${totalBytes}`),
})
console.log(upload.name, upload.type, upload.width) // sunset.png image/png 1
// #endregion upload

// #region grow
const report = await client.uploads.grow({ name: 'Report.txt', type: 'text/plain' })
for (const line of ['One\n', 'Two\n']) report.append(new TextEncoder().encode(line))
await report.rest()
console.log((await report.complete()).sizeBytes) // 8
// #endregion grow

// #region send
const { id: scoreId } = await client.uploads.upload(score, { name: 'Score.ts', type: 'text/plain' })
const { roomId, attachments } = await client.messages.send({
  recipientId: bob.user.id,
  attachments: [
    { uploadId: upload.id },
    { uploadId: scoreId },
    { url: 'https://example.com/dance.gif', kind: 'gif', width: 320, height: 240 },
  ],
})
console.log(attachments.map(({ kind, name }) => `${kind} ${name}`)) // [ 'image sunset.png', 'file Score.ts', 'gif ' ]
// #endregion send

// #region read
const { items } = await bob.client.messages.list({ roomId, limit: 1 })
const [shown] = items[0]?.attachments ?? []
if (shown?.uploadId) {
  const response = await bob.client.uploads.download(shown.uploadId) // a Response, as of fetch
  console.log(response.headers.get('content-type'), (await response.blob()).size === picture.size) // image/png true
}
// #endregion read

// #region avatar
const { id: faceId } = await client.uploads.upload(picture)
const { avatarUrl } = await client.users.update({ avatar: faceId })
console.log(avatarUrl === `/media/${faceId}`) // true
// #endregion avatar

// #region refused
const html = new TextEncoder().encode('<script>alert(1)</script>')
await client.uploads.upload(html, { name: 'face.png', type: 'image/png' }).catch((error) => console.log(error.code)) // UPLOAD_TYPE
// #endregion refused
