/** Camera and microphone as others get them: always one track of each kind, so that nothing has to be negotiated anew. */
export interface OwnMedia {
  readonly stream: MediaStream
  /** What there is in truth; else silence, or no picture. */
  readonly has: { readonly audio: boolean; readonly video: boolean }
  close(): void
}

/** Asks for camera and microphone; where one is refused or not there, it does without. */
export async function openMedia(): Promise<OwnMedia> {
  const found = await firstOf([{ audio: true, video }, { audio: true }, { video }])
  const [audio] = found.getAudioTracks()
  const [picture] = found.getVideoTracks()
  const stand = standIns()
  const stream = new MediaStream([audio ?? stand.audio(), picture ?? stand.video()])
  return {
    stream,
    has: { audio: audio !== undefined, video: picture !== undefined },
    close() {
      for (const track of stream.getTracks()) track.stop()
      stand.close()
    },
  }
}

const video = { width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { ideal: 24 } }

async function firstOf(wanted: readonly MediaStreamConstraints[]): Promise<MediaStream> {
  for (const constraints of wanted) {
    // Not there at all where the page is not served by https or from localhost.
    const found = await navigator.mediaDevices?.getUserMedia(constraints).catch(() => undefined)
    if (found !== undefined) return found
  }
  return new MediaStream()
}

function standIns() {
  let sound: AudioContext | undefined
  return {
    audio(): MediaStreamTrack {
      sound = new AudioContext()
      return first(sound.createMediaStreamDestination().stream.getAudioTracks())
    },
    video(): MediaStreamTrack {
      const canvas = document.createElement('canvas')
      Object.assign(canvas, { width: 32, height: 18 })
      canvas.getContext('2d')?.fillRect(0, 0, canvas.width, canvas.height)
      return first(canvas.captureStream(1).getVideoTracks())
    },
    close: () => void sound?.close().catch(() => {}),
  }
}

function first<Item>([item]: readonly Item[]): Item {
  if (item === undefined) throw new Error('The browser made no track.')
  return item
}
