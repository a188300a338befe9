import type { Opened } from '../app.ts'
import type { MeetingId, UserId } from '../ids.ts'
import { receive } from '../uploads/receive.ts'
import { findUpload } from '../uploads/store.ts'

const rate = 8_000
const headerBytes = 44

/** Semitones above the a of the tuning fork, half a second each. */
const melody = [-9, -5, -2, 3, -2, -5, -9, -7, -3, 0, 5, 0, -3, -7, -9, -5, -2, 3]

/** A melody as WAV: one channel, 8 bits. */
function sound(): Buffer {
  const perNote = rate / 2
  const bytes = Buffer.alloc(headerBytes + melody.length * perNote, 128)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(bytes.length - 8, 4)
  bytes.write('WAVEfmt ', 8)
  for (const [at, value] of [
    [16, 16],
    [20, 0x1_0001],
    [24, rate],
    [28, rate],
    [32, 0x8_0001],
  ] as const)
    bytes.writeUInt32LE(value, at)
  bytes.write('data', 36)
  bytes.writeUInt32LE(bytes.length - headerBytes, 40)
  for (const [note, semitones] of melody.entries()) {
    const step = (2 * Math.PI * 440 * 2 ** (semitones / 12)) / rate
    for (let at = 0; at < perNote; at++) {
      const loudness = 60 * Math.exp((-3 * at) / perNote)
      bytes[headerBytes + note * perNote + at] = Math.round(128 + loudness * Math.sin(step * at))
    }
  }
  return bytes
}

/** Fills the recording of a meeting with something to hear, and shares it, unless it has files already. */
export async function ensureRecording(
  { antiphon, db, storage }: Pick<Opened, 'antiphon' | 'db' | 'storage'>,
  { hostId, viewerIds, meetingId }: { hostId: UserId; viewerIds: readonly UserId[]; meetingId: MeetingId },
): Promise<void> {
  const { meetings, uploads } = antiphon.caller({ userId: hostId })
  const { recordingId } = await meetings.get({ meetingId })
  if (recordingId === null) return
  const { recordings } = meetings
  await recordings.share({ recordingId, viewers: viewerIds.map((userId) => ({ userId })), mayDownload: true })
  if ((await recordings.get({ recordingId })).files.length > 0) return
  const bytes = sound()
  const { id } = await uploads.begin({ name: 'Melody.wav', type: 'audio/wav', sizeBytes: bytes.length })
  const upload = await findUpload(db, id)
  if (upload === undefined) throw new Error('The upload of the demo is gone.')
  await receive({ db, storage }, { upload, offset: 0, body: inOnePiece(bytes) })
  await uploads.complete({ uploadId: id })
  await recordings.update({ recordingId, addUploads: [id] })
}

async function* inOnePiece(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
