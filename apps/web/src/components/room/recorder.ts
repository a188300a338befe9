import type { AntiphonClient, JoinedPeer } from '@antiphon/client'
import { createScene, type Shown } from './scene.ts'

const mimeType = 'video/webm;codecs=vp8,opus'
const pieceMs = 1_000

/** Whether this browser can record a room. */
export const canRecord = typeof MediaRecorder !== 'undefined' && MediaRecorder.isTypeSupported(mimeType)

export interface Recorder {
  show(all: readonly Shown[]): void
  /** Resolves when all of it is on the server. */
  stop(): Promise<void>
}

interface RecorderOptions {
  readonly client: AntiphonClient
  readonly seat: JoinedPeer
  readonly name: string
  /** It cannot go on. */
  readonly onFailure: (error: unknown) => void
}

/** Records a room as everybody sees and hears it. Each second goes to the server at once: what fails loses no more than that. */
export async function startRecorder({ client, seat, name, onFailure }: RecorderOptions): Promise<Recorder> {
  const { sessionId, participantKey } = seat
  // Of several in one meeting, each is told by when it began.
  const at = new Date().toISOString().slice(0, 16).replace('T', ' ').replace(':', '.')
  const upload = await client.uploads.grow({ name: `${name} ${at}.webm`, type: 'video/webm' })
  await client.sessions.peer.record({ sessionId, participantKey, uploadId: upload.id, state: 'begin' })
  const scene = createScene()
  const recorder = new MediaRecorder(scene.stream, { mimeType, videoBitsPerSecond: 1_000_000 })
  const stopped = new Promise<void>((resolve) => {
    recorder.onstop = () => resolve()
  })
  recorder.ondataavailable = ({ data }) => {
    try {
      upload.append(data)
    } catch (error) {
      if (recorder.state === 'inactive') return
      recorder.stop()
      onFailure(error)
    }
  }
  recorder.start(pieceMs)
  return {
    show: scene.show,
    async stop() {
      if (recorder.state !== 'inactive') recorder.stop()
      await stopped
      scene.close()
      await upload.rest().catch(onFailure)
      await client.sessions.peer.record({ sessionId, participantKey, uploadId: upload.id, state: 'end' })
    },
  }
}
