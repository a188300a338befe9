import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const hasFfmpeg = ['ffmpeg', 'ffprobe'].every((name) => spawnSync(name, ['-version']).status === 0)

if (!hasFfmpeg) console.log('No ffmpeg is installed: the tests of what it does to recordings are skipped.')

const formats = {
  /** As browsers record it: without duration and seek points. */
  live: ['-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libopus', '-f', 'webm', '-live', '1'],
  webm: ['-c:v', 'libvpx', '-deadline', 'realtime', '-c:a', 'libopus', '-f', 'webm'],
  mp4: ['-c:v', 'mpeg4', '-c:a', 'aac', '-f', 'mp4'],
  /** As browsers record it. */
  parts: ['-c:v', 'mpeg4', '-c:a', 'aac', '-f', 'mp4', '-movflags', 'frag_keyframe+empty_moov'],
  ogg: ['-vn', '-c:a', 'libopus', '-f', 'ogg'],
  mp3: ['-vn', '-c:a', 'libmp3lame', '-f', 'mp3'],
  flac: ['-vn', '-c:a', 'flac', '-f', 'flac'],
}

/** A picture that moves and a tone, of so many seconds. */
export function film(format: keyof typeof formats, seconds: number, kilobits = 200): Buffer {
  const sources = ['-f', 'lavfi', '-i', `testsrc=size=160x120:rate=10:duration=${seconds}`]
  const sound = ['-f', 'lavfi', '-i', `sine=duration=${seconds}`, '-b:v', `${kilobits}k`, '-threads', '1']
  const isPiped = format === 'live'
  const target = isPiped ? 'pipe:1' : join(tmpdir(), `film-${randomUUID()}`)
  const args = ['-v', 'error', '-y', ...sources, ...sound, ...formats[format], target]
  const printed = execFileSync('ffmpeg', args, { maxBuffer: 1e9 })
  if (isPiped) return printed
  const bytes = readFileSync(target)
  rmSync(target)
  return bytes
}

/** What ffprobe says of a file: its duration in seconds, undefined where it has none. */
export function durationOf(bytes: Uint8Array): number | undefined {
  const args = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', '-i', 'pipe:0']
  const { stdout } = spawnSync('ffprobe', args, { input: bytes })
  const seconds = Number(stdout.toString().trim())
  return Number.isNaN(seconds) ? undefined : seconds
}

/** Whether a file of Matroska or WebM has seek points. */
export function hasCues(bytes: Uint8Array): boolean {
  return Buffer.from(bytes).includes(Buffer.from('1c53bb6b', 'hex'))
}

const element = (id: string, ...content: Buffer[]): Buffer => {
  const body = Buffer.concat(content)
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(body.length) | (1n << 56n))
  return Buffer.concat([Buffer.from(id, 'hex'), size, body])
}
const number = (id: string, value: number) => element(id, Buffer.from([value]))
const words = (id: string, text: string) => element(id, Buffer.from(text))
/** Of a size that is not said. */
const open = (id: string) => Buffer.from(`${id}01ffffffffffffff`, 'hex')

/** Two tracks, one of them without a picture, so that copying holds all of the other: a hundred times its size. */
export function hog(pictures: number): Uint8Array<ArrayBuffer> {
  const track = (at: number) =>
    element(
      'ae',
      ...[number('d7', at), number('73c5', at), number('83', 1), words('86', 'V_VP8')],
      element('e0', number('b0', 16), number('ba', 16)),
    )
  const head = [number('4286', 1), number('42f7', 1), number('42f2', 4), number('42f3', 8), words('4282', 'webm')]
  return Uint8Array.from(
    Buffer.concat([
      element('1a45dfa3', ...head, number('4287', 4), number('4285', 2)),
      open('18538067'),
      element('1549a966', element('2ad7b1', Buffer.from('0f4240', 'hex')), words('4d80', 'x'), words('5741', 'x')),
      element('1654ae6b', track(1), track(2)),
      ...[open('1f43b675'), number('e7', 0)],
      Buffer.alloc(7 * pictures, Buffer.from('a3858200008000', 'hex')),
    ]),
  )
}
