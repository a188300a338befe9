export interface Shown {
  readonly stream: MediaStream
  readonly name: string
  readonly hasPicture: boolean
}

const [width, height, framesPerSecond] = [960, 540, 15]

/** One picture and one sound of everybody, for the recording. */
export function createScene() {
  const canvas = document.createElement('canvas')
  Object.assign(canvas, { width, height })
  const pen = canvas.getContext('2d')
  const sound = new AudioContext()
  const mix = sound.createMediaStreamDestination()
  const sources = new Map<MediaStream, MediaStreamAudioSourceNode>()
  const videos = new Map<MediaStream, HTMLVideoElement>()
  let shown: readonly Shown[] = []
  const paint = () => {
    if (pen === null) return
    pen.fillStyle = '#111'
    pen.fillRect(0, 0, width, height)
    const columns = Math.ceil(Math.sqrt(shown.length))
    const [across, down] = [width / columns, height / Math.ceil(shown.length / columns)]
    for (const [at, one] of shown.entries()) {
      const [x, y] = [(at % columns) * across, Math.floor(at / columns) * down]
      const video = videos.get(one.stream)
      if (video !== undefined && video.videoWidth > 0 && one.hasPicture) {
        const scale = Math.min(across / video.videoWidth, down / video.videoHeight)
        const [w, h] = [video.videoWidth * scale, video.videoHeight * scale]
        pen.drawImage(video, x + (across - w) / 2, y + (down - h) / 2, w, h)
      }
      pen.fillStyle = '#fff'
      pen.font = '20px system-ui, sans-serif'
      pen.fillText(one.name, x + 12, y + down - 14, across - 24)
    }
  }
  const timer = setInterval(paint, 1_000 / framesPerSecond)
  const forget = (stream: MediaStream) => {
    sources.get(stream)?.disconnect()
    sources.delete(stream)
    const video = videos.get(stream)
    if (video !== undefined) video.srcObject = null
    videos.delete(stream)
  }
  paint()
  return {
    stream: new MediaStream([...canvas.captureStream(framesPerSecond).getTracks(), ...mix.stream.getTracks()]),
    show(all: readonly Shown[]): void {
      shown = all
      const streams = new Set(all.map(({ stream }) => stream))
      for (const stream of videos.keys()) if (!streams.has(stream)) forget(stream)
      for (const stream of streams) {
        const known = videos.get(stream)
        if (known === undefined) videos.set(stream, play(stream))
        if (stream.getAudioTracks().length === 0 || sources.has(stream)) continue
        const source = sound.createMediaStreamSource(stream)
        source.connect(mix)
        sources.set(stream, source)
      }
    },
    close(): void {
      clearInterval(timer)
      for (const stream of videos.keys()) forget(stream)
      void sound.close()
    },
  }
}

function play(stream: MediaStream): HTMLVideoElement {
  const video = document.createElement('video')
  Object.assign(video, { muted: true, playsInline: true, autoplay: true, srcObject: stream })
  video.play().catch(() => {})
  return video
}
