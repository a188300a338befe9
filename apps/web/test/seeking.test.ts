import { spawnSync } from 'node:child_process'
import { createClient } from '@antiphon/client'
import { expect, test } from 'vitest'
import { password, useHouse } from './harness.fixture.ts'

const house = useHouse()
const hasFfmpeg = ['ffmpeg', 'ffprobe'].every((name) => spawnSync(name, ['-version']).status === 0)
if (!hasFfmpeg) console.log('No ffmpeg is installed: the test of seeking in what a browser recorded is skipped.')

/** Runs in the page: a picture that moves and a tone, as the browser records them, in base64. */
const record = (seconds: number) => `(async () => {
  const canvas = document.createElement('canvas')
  const pen = canvas.getContext('2d')
  const paint = setInterval(() => {
    pen.fillStyle = 'hsl(' + performance.now() / 20 + ' 80% 50%)'
    pen.fillRect(0, 0, canvas.width, canvas.height)
  }, 40)
  const audio = new AudioContext()
  const tone = audio.createOscillator()
  const out = audio.createMediaStreamDestination()
  tone.connect(out)
  tone.start()
  const stream = new MediaStream([...canvas.captureStream(25).getTracks(), ...out.stream.getTracks()])
  const recorder = new MediaRecorder(stream, { mimeType: 'video/webm;codecs=vp8,opus' })
  const parts = []
  recorder.ondataavailable = ({ data }) => parts.push(data)
  const stopped = new Promise((resolve) => { recorder.onstop = resolve })
  recorder.start(1_000)
  await new Promise((resolve) => setTimeout(resolve, ${seconds * 1_000}))
  recorder.stop()
  await stopped
  clearInterval(paint)
  await audio.close()
  let text = ''
  for (const byte of new Uint8Array(await new Blob(parts).arrayBuffer())) text += String.fromCharCode(byte)
  return btoa(text)
})()`

/** Runs in the page: plays a file from a second on. What the player knows of its length, and where it came to. */
const playFrom = (url: string, second: number) => `(async () => {
  const video = document.createElement('video')
  Object.assign(video, { muted: true, preload: 'metadata', src: ${JSON.stringify(url)} })
  document.body.append(video)
  const heard = (name) => new Promise((resolve, reject) => {
    video.addEventListener(name, resolve, { once: true })
    video.addEventListener('error', () => reject(new Error(video.error.message)), { once: true })
  })
  await heard('loadedmetadata')
  const { duration } = video
  video.currentTime = ${second}
  await heard('seeked')
  const soughtTo = video.currentTime
  const moved = heard('timeupdate')
  await video.play()
  await moved
  video.remove()
  return { duration, soughtTo, position: video.currentTime }
})()`

interface Played {
  duration: number
  soughtTo: number
  position: number
}

test.skipIf(!hasFfmpeg)('what a browser recorded can be sought in once it is prepared', async () => {
  const page = await house.signUp('cara')
  const bytes = Buffer.from(await page.evaluate<string>(record(12.5)), 'base64')
  expect(bytes.subarray(0, 4).toString('hex')).toBe('1a45dfa3')
  expect(durationOf(bytes)).toBe('N/A')
  const { token } = await createClient({ url: house.url }).users.signIn({ identifier: 'cara', password })
  const client = createClient({ url: house.url, token })
  const { recordings } = client.meetings
  const { id: recordingId } = await recordings.create({ title: 'Rehearsal' })
  const upload = await client.uploads.upload(bytes, { name: 'Rehearsal.webm', type: 'video/webm' })
  await recordings.update({ recordingId, addUploads: [upload.id] })
  const stateOf = async () => (await recordings.get({ recordingId })).files[0]?.state
  await expect.poll(stateOf, { timeout: 30_000 }).toBe('ready')
  const [file] = (await recordings.playback({ recordingId })).files
  const prepared = Buffer.from(await (await fetch(house.url + file?.url)).arrayBuffer())
  expect(Number(durationOf(prepared))).toBeGreaterThan(11.5)
  expect(file?.durationMs).toBeCloseTo(Number(durationOf(prepared)) * 1_000, -1)
  expect(prepared.includes(Buffer.from('1c53bb6b', 'hex'))).toBe(true)
  const played = await page.evaluate<Played>(playFrom(house.url + file?.url, 10.5))
  expect(played.duration).toBeCloseTo(Number(durationOf(prepared)), 1)
  expect(played.soughtTo).toBe(10.5)
  expect(played.position).toBeGreaterThanOrEqual(10.5)
})

/** As ffprobe tells it: `N/A` where there is none. */
function durationOf(bytes: Buffer): string {
  const args = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', '-i', 'pipe:0']
  return spawnSync('ffprobe', args, { input: bytes }).stdout.toString().trim()
}
