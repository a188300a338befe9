import type { AntiphonClient, RecordingId, Upload } from '@antiphon/client'

/** Sound: so many bytes in all, silent but for a byte that tells where it is. */
export function wav(size = 1_044): Uint8Array<ArrayBuffer> {
  const bytes = Buffer.alloc(size)
  bytes.write('RIFF', 0)
  bytes.writeUInt32LE(size - 8, 4)
  bytes.write('WAVEfmt ', 8)
  bytes.writeUInt32LE(16, 16)
  bytes.writeUInt16LE(1, 20)
  bytes.writeUInt16LE(1, 22)
  bytes.writeUInt32LE(8_000, 24)
  bytes.writeUInt32LE(8_000, 28)
  bytes.writeUInt16LE(1, 32)
  bytes.writeUInt16LE(8, 34)
  bytes.write('data', 36)
  bytes.writeUInt32LE(size - 44, 40)
  for (let at = 44; at < size; at++) bytes[at] = at % 251
  return Uint8Array.from(bytes)
}

/** A complete upload of sound. */
export function soundOf(client: AntiphonClient, bytes = wav(), name = 'Choir.wav'): Promise<Upload> {
  return client.uploads.upload(bytes, { name, type: 'audio/wav' })
}

/** Adds a file of sound to a recording. */
export async function fill(client: AntiphonClient, recordingId: RecordingId, bytes = wav()) {
  const { id } = await soundOf(client, bytes)
  return client.meetings.recordings.update({ recordingId, addUploads: [id] })
}
